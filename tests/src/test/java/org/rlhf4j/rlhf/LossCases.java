package org.rlhf4j.rlhf;

import java.util.List;
import java.util.stream.Stream;

/** Every loss that is none of direct alignment, see {@link LossCase}. */
final class LossCases {
  private LossCases() {}

  static List<LossCase> all() {
    return Stream.of(RewardLossCases.all(), PolicyLossCases.all(), DistributionLossCases.all())
        .flatMap(List::stream)
        .toList();
  }
}
