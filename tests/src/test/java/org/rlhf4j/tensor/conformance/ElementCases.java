package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.conformance.KernelCase.Tolerance;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;

/** Elementwise kernels: odd values, broadcasting of every kind, lengths about the lane counts. */
final class ElementCases {
  private static final Tolerance ROUNDING =
      new Tolerance(3e-7, 1e-7, "a few roundings to 24 bits of numbers near 1");
  private static final Tolerance FUNCTION =
      new Tolerance(1e-6, 3e-6, "polynomials to 3e-7, times x and dy up to 4");
  private static final Tolerance SUM =
      new Tolerance(1e-6, 1e-6, "one rounding of a sum in double, plus that of the addition");

  /** Lengths: nothing, one, about each lane count, and enough for three threads. */
  private static final int[] LENGTHS = {0, 1, 3, 4, 5, 15, 16, 17, 33, 67, 40_001};

  /** What logarithms and divisions do not like, then ordinary numbers. */
  private static final double[] ODD = {
    0,
    -0.0,
    1,
    -1,
    0.5,
    -0.625,
    0.624,
    88.5,
    -87.3,
    100,
    -100,
    1e-20,
    -1e-20,
    1e10,
    20,
    -20,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN
  };

  private final List<KernelCase> cases = new ArrayList<>();

  static List<KernelCase> all() {
    ElementCases all = new ElementCases();
    all.plain();
    all.functions();
    all.pairs();
    all.broadcasts();
    all.slices();
    return all.cases;
  }

  private void add(
      String method, String label, Tolerance tolerance, boolean small, Consumer<Probe> body) {
    cases.add(new KernelCase(ElementKernels.class, method, label, tolerance, small, body));
  }

  private void plain() {
    for (int n : LENGTHS) {
      Shape shape = Shape.of(n);
      boolean small = n < 1000;
      add("fill", "length " + n, ROUNDING, small, p -> p.elements().fill(p.out(shape), 0.7));
      add(
          "copy",
          "length " + n,
          ROUNDING,
          small,
          p -> p.elements().copy(p.normal(shape), p.out(shape)));
      add(
          "affine",
          "length " + n,
          ROUNDING,
          small,
          p -> p.elements().affine(p.normal(shape), -1.7, 0.3, p.out(shape)));
      add(
          "addScaled",
          "length " + n,
          ROUNDING,
          small,
          p -> p.elements().addScaled(p.normal(shape), 0.3, p.sum(shape)));
      add(
          "masked",
          "NaN under the mask, length " + n,
          ROUNDING,
          small,
          p -> p.elements().masked(holed(p, shape), mask(p, shape), -3, p.out(shape)));
      add(
          "maskedBackward",
          "NaN under the mask, length " + n,
          ROUNDING,
          small,
          p -> p.elements().maskedBackward(mask(p, shape), holed(p, shape), p.sum(shape)));
      add(
          "swiGlu",
          "length " + n,
          FUNCTION,
          small,
          p -> p.elements().swiGlu(p.normal(shape, 3), p.normal(shape), p.out(shape)));
      add(
          "swiGluBackward",
          "length " + n,
          FUNCTION,
          small,
          p ->
              p.elements()
                  .swiGluBackward(
                      p.normal(shape, 3),
                      p.normal(shape),
                      p.normal(shape),
                      p.sum(shape),
                      p.sum(shape)));
    }
    Shape shape = Shape.of(37);
    add(
        "affine",
        "in place",
        ROUNDING,
        true,
        p -> {
          Tensor x = p.sum(shape);
          p.elements().affine(x, 2, 1, x);
        });
  }

  private static Tensor mask(Probe p, Shape shape) {
    return p.in(shape, i -> i % 3 == 1 ? 0 : i % 3 == 0 ? 1 : -0.5);
  }

  private static Tensor holed(Probe p, Shape shape) {
    return p.in(shape, i -> i % 3 == 1 ? Double.NaN : Math.sin(i));
  }

  private void functions() {
    for (Pointwise f : Pointwise.values()) {
      IntToDoubleFunction odd = i -> i < ODD.length ? ODD[i] : 4 * Math.sin(i);
      for (int n : new int[] {1, 37, 10_003}) {
        Shape shape = Shape.of(n);
        add(
            "pointwise",
            f + " of odd values, length " + n,
            FUNCTION,
            n < 1000,
            p -> p.elements().pointwise(f, p.in(shape, odd), p.out(shape)));
        IntToDoubleFunction domain =
            i -> !Double.isNaN(f.apply(-0.7)) ? 3 * Math.sin(i) : 0.1 + i % 7;
        IntToDoubleFunction inside = f == Pointwise.LOG1M_EXP ? i -> -0.1 - i % 7 : domain;
        add(
            "pointwiseBackward",
            f + ", length " + n,
            FUNCTION,
            n < 1000,
            p -> {
              Tensor x = p.in(shape, inside);
              Tensor y = p.in(shape, i -> f.apply((float) inside.applyAsDouble(i)));
              p.elements().pointwiseBackward(f, x, y, p.normal(shape), p.sum(shape));
            });
      }
    }
  }

  private static final int[][][] SHAPES = {
    {{67}, {67}, {67}},
    {{67}, {}, {67}},
    {{}, {67}, {67}},
    {{1}, {1}, {1}},
    {{0}, {0}, {0}},
    {{5, 33}, {1, 33}, {5, 33}},
    {{5, 33}, {5, 1}, {5, 33}},
    {{1, 33}, {5, 1}, {5, 33}},
    {{2, 1, 3, 17}, {2, 4, 1, 17}, {2, 4, 3, 17}},
    {{2, 3, 1}, {2, 1, 1}, {2, 3, 1}},
    {{160, 257}, {1, 257}, {160, 257}},
    {{9, 5000}, {9, 1}, {9, 5000}},
  };

  private void pairs() {
    for (Pairwise f : Pairwise.values()) {
      for (int[][] dims : SHAPES) {
        Shape a = Shape.of(dims[0]);
        Shape b = Shape.of(dims[1]);
        Shape y = Shape.of(dims[2]);
        boolean small = y.size() < 1000;
        String label = f + " of " + a + " and " + b;
        add(
            "pairwise",
            label,
            ROUNDING,
            small,
            p -> p.elements().pairwise(f, stepped(p, a), stepped(p, b), p.out(y)));
        for (boolean ofLeft : new boolean[] {true, false}) {
          add(
              "pairwiseBackward",
              label + (ofLeft ? ", left" : ", right"),
              FUNCTION,
              small,
              p ->
                  p.elements()
                      .pairwiseBackward(
                          f, ofLeft, stepped(p, a), stepped(p, b), p.normal(y), p.sum(y)));
        }
      }
    }
  }

  /** Few distinct values, none zero, so that there are ties. */
  private static Tensor stepped(Probe p, Shape shape) {
    Tensor steps = p.uniform(shape, 0, 6);
    double[] values = steps.toDoubles();
    return p.in(shape, i -> Math.floor(values[i]) - 2.5);
  }

  private void broadcasts() {
    int[][][] sums = {
      {{67}, {}},
      {{67}, {1}},
      {{0}, {}},
      {{5, 33}, {1, 33}},
      {{5, 33}, {5, 1}},
      {{5, 33}, {1, 1}},
      {{5, 33}, {5, 33}},
      {{2, 4, 3, 17}, {2, 1, 3, 17}},
      {{2, 4, 3, 17}, {1, 4, 1, 1}},
      {{350, 131}, {1, 131}},
      {{131, 350}, {131, 1}},
      {{70_007}, {}}
    };
    for (int[][] dims : sums) {
      Shape large = Shape.of(dims[0]);
      Shape reduced = Shape.of(dims[1]);
      boolean small = large.size() < 1000;
      Tolerance tolerance =
          new Tolerance(1e-6, 1e-6, "a sum in double, rounded once; then one addition");
      add(
          "addSum",
          large + " to " + reduced,
          tolerance,
          small,
          p -> p.elements().addSum(p.normal(large), p.sum(reduced)));
      add(
          "addBroadcast",
          reduced + " to " + large,
          SUM,
          small,
          p -> p.elements().addBroadcast(p.normal(reduced), 0.7, p.sum(large)));
    }
  }

  private void slices() {
    Shape whole = Shape.of(3, 7, 19);
    for (int axis = 0; axis < 3; axis++) {
      int along = axis;
      Shape part = whole.with(axis, 2);
      add(
          "addSlice",
          "axis " + axis,
          ROUNDING,
          true,
          p -> p.elements().addSlice(p.normal(whole), along, 1, p.sum(part)));
      add(
          "addIntoSlice",
          "axis " + axis,
          ROUNDING,
          true,
          p -> p.elements().addIntoSlice(p.normal(part), along, 1, p.sum(whole)));
    }
    Shape empty = whole.with(1, 0);
    add(
        "addSlice",
        "nothing",
        ROUNDING,
        true,
        p -> p.elements().addSlice(p.normal(whole), 1, 3, p.sum(empty)));
  }
}
