package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** Rotary positions in both layouts. */
final class RotaryCases {
  private RotaryCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (RotaryLayout layout : RotaryLayout.values()) {
      for (int headDim : new int[] {2, 6, 64}) {
        Shape shape = Shape.of(2, 13, 3, headDim);
        double[] x = normal(shape.size(), 1, headDim);
        Positions positions = new Positions(new int[] {0, 2}, headDim == 6 ? 1000 : 0);
        cases.add(
            new KernelCase(
                "AttentionKernels.rotary",
                layout + " " + shape,
                (b, w) -> {
                  Tensor y = w.of(shape, x);
                  b.attention().rotary(y, positions, 10_000, layout, y);
                  return y.toDoubles();
                },
                relative(3e-7)));
        cases.add(
            new KernelCase(
                "AttentionKernels.rotaryBackward",
                layout + " " + shape,
                (b, w) -> {
                  Tensor dx = w.of(shape, normal(shape.size(), 1, 3));
                  b.attention().rotaryBackward(w.of(shape, x), positions, 10_000, layout, dx);
                  return dx.toDoubles();
                },
                relative(6e-7)));
      }
    }
    return cases;
  }
}
