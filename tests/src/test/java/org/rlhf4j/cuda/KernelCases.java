package org.rlhf4j.cuda;

import java.util.List;
import java.util.stream.Stream;

/**
 * At least one case for every kernel, with the sizes and values that were needed to kill mutants.
 */
final class KernelCases {
  private KernelCases() {}

  static List<KernelCase> all() {
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
