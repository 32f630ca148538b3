package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Philox;

/** What is dropped, to the last draw. */
final class DropoutCases {
  private DropoutCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int size : ElementCases.SIZES) {
      Shape shape = Shape.of(size);
      double[] x = normal(size, 2, size);
      double[] y = normal(size, 2, size + 1);
      double[] dy = normal(size, 2, size + 2);
      String label = "[" + size + "]";
      RandomKey key = new RandomKey(0x1234_5678_9abc_def0L + size);
      cases.add(
          new KernelCase(
              "RandomKernels.dropout",
              label,
              (b, w) -> {
                Tensor t = w.of(shape, x);
                Tensor other = w.empty(shape);
                b.randoms().dropout(t, key, 0.3, other);
                b.randoms().dropout(t, key, 0.3, t);
                return concat(t.toDoubles(), other.toDoubles());
              },
              relative(4e-7)));
      cases.add(
          new KernelCase(
              "RandomKernels.dropoutBackward",
              label,
              (b, w) -> {
                Tensor t = w.of(shape, y);
                b.randoms().dropoutBackward(w.of(shape, dy), key, 0.3, t);
                return t.toDoubles();
              },
              relative(4e-7)));
    }
    RandomKey key = new RandomKey(99);
    for (int i = 0; i < 4; i++) {
      // the rate is exactly the draw of an element, which is then kept
      double rate = Philox.uniform(key.seed(), i);
      cases.add(
          new KernelCase(
              "RandomKernels.dropout",
              "rate " + rate,
              (b, w) -> {
                Tensor t = w.full(Shape.of(8), 1);
                b.randoms().dropout(t, key, rate, t);
                return t.toDoubles();
              },
              relative(4e-7)));
    }
    return cases;
  }
}
