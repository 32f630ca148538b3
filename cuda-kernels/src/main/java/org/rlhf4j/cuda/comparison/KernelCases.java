package org.rlhf4j.cuda.comparison;

import java.util.List;
import java.util.stream.Stream;

/**
 * At least one case for every kernel, with the sizes and values that were needed to kill mutants.
 */
public final class KernelCases {
  private KernelCases() {}

  /** {@return the cases of every family} */
  public static List<KernelCase> all() {
    return Stream.of(
            RowCases.all(),
            RowBackwardCases.all(),
            ArgmaxCases.all(),
            PointwiseCases.all(),
            ElementCases.all(),
            DropoutCases.all(),
            PairwiseCases.all(),
            SumCases.all(),
            OptimizerCases.all(),
            NormCases.all(),
            AttentionCases.all(),
            RotaryCases.all(),
            CacheCases.all(),
            EmbeddingCases.all(),
            MatrixCases.all(),
            SamplingCases.all(),
            CastCases.all(),
            VisibleCases.all())
        .flatMap(List::stream)
        .toList();
  }
}
