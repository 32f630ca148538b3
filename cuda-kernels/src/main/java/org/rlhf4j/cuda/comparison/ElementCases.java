package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** What is done element by element, and slices. */
final class ElementCases {
  static final int[] SIZES = {1, 3, 4, 5, 130, 1027, 9001};

  private ElementCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int size : SIZES) {
      Shape shape = Shape.of(size);
      double[] x = normal(size, 2, size);
      double[] y = normal(size, 2, size + 1);
      double[] dy = normal(size, 2, size + 2);
      double[] mask = normal(size, 1, size + 3);
      for (int i = 0; i < size; i += 2) {
        mask[i] = 0;
      }
      double[] hidden = x.clone();
      hidden[0] = Double.NaN;
      String label = "[" + size + "]";
      cases.add(
          new KernelCase(
              "ElementKernels.fill",
              label,
              (b, w) -> w.full(shape, 2.5).toDoubles(),
              reference -> 0));
      cases.add(
          new KernelCase(
              "ElementKernels.copy",
              label,
              (b, w) -> {
                Tensor to = w.empty(shape);
                b.elements().copy(w.of(shape, x), to);
                return to.toDoubles();
              },
              reference -> 0));
      cases.add(
          new KernelCase(
              "ElementKernels.affine",
              label,
              (b, w) -> {
                Tensor t = w.of(shape, x);
                Tensor other = w.empty(shape);
                b.elements().affine(t, -1.5, 0.25, other);
                b.elements().affine(t, -1.5, 0.25, t);
                return concat(t.toDoubles(), other.toDoubles());
              },
              relative(2e-7)));
      cases.add(
          new KernelCase(
              "ElementKernels.addScaled",
              label,
              (b, w) -> {
                Tensor t = w.of(shape, y);
                b.elements().addScaled(w.of(shape, x), -0.75, t);
                return t.toDoubles();
              },
              relative(4e-7)));
      cases.add(
          new KernelCase(
              "ElementKernels.masked",
              label,
              (b, w) -> {
                Tensor t = w.empty(shape);
                b.elements().masked(w.of(shape, hidden), w.of(shape, mask), -7, t);
                return t.toDoubles();
              },
              reference -> 0));
      cases.add(
          new KernelCase(
              "ElementKernels.maskedBackward",
              label,
              (b, w) -> {
                Tensor t = w.of(shape, y);
                b.elements().maskedBackward(w.of(shape, mask), w.of(shape, hidden), t);
                return t.toDoubles();
              },
              relative(4e-7)));
      cases.add(
          new KernelCase(
              "ElementKernels.swiGlu",
              label,
              (b, w) -> {
                Tensor t = w.empty(shape);
                b.elements().swiGlu(w.of(shape, x), w.of(shape, y), t);
                return t.toDoubles();
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "ElementKernels.swiGluBackward",
              label,
              (b, w) -> {
                Tensor dgate = w.of(shape, y);
                Tensor dup = w.of(shape, x);
                b.elements()
                    .swiGluBackward(w.of(shape, x), w.of(shape, y), w.of(shape, dy), dgate, dup);
                return concat(dgate.toDoubles(), dup.toDoubles());
              },
              relative(2e-6)));
    }
    // axes in turn; more elements than the grid has threads, then fewer
    for (int i = 0; i < 6; i++) {
      int along = i % 3;
      Shape whole = i < 3 ? Shape.of(3, 40, 50) : Shape.of(2, 3, 4);
      Shape part = whole.with(along, whole.dim(along) - 1);
      cases.add(
          new KernelCase(
              "ElementKernels.addSlice",
              whole + " axis " + along,
              (b, w) -> {
                Tensor y = w.of(part, normal(part.size(), 1, 2));
                b.elements().addSlice(w.of(whole, normal(whole.size(), 1, 1)), along, 1, y);
                return y.toDoubles();
              },
              relative(2e-7)));
      cases.add(
          new KernelCase(
              "ElementKernels.addIntoSlice",
              whole + " axis " + along,
              (b, w) -> {
                Tensor y = w.of(whole, normal(whole.size(), 1, 2));
                b.elements().addIntoSlice(w.of(part, normal(part.size(), 1, 1)), along, 1, y);
                return y.toDoubles();
              },
              relative(2e-7)));
    }
    return cases;
  }
}
