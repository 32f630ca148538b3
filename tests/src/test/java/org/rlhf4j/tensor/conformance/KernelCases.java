package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;
import org.rlhf4j.tensor.kernel.MatrixKernels;
import org.rlhf4j.tensor.kernel.NormKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.RandomKernels;
import org.rlhf4j.tensor.kernel.RowKernels;
import org.rlhf4j.tensor.kernel.SamplingKernels;

/** The cases of all families. A kernel without one fails the test. */
final class KernelCases {
  private KernelCases() {}

  static List<Class<?>> families() {
    return List.of(
        ElementKernels.class,
        RowKernels.class,
        MatrixKernels.class,
        NormKernels.class,
        AttentionKernels.class,
        EmbeddingKernels.class,
        OptimizerKernels.class,
        RandomKernels.class,
        SamplingKernels.class);
  }

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    cases.addAll(ElementCases.all());
    cases.addAll(RowCases.all());
    cases.addAll(MatrixCases.all());
    cases.addAll(NormCases.all());
    cases.addAll(AttentionCases.all());
    cases.addAll(ParameterCases.all());
    return cases;
  }
}
