package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Inputs.concat;
import static org.rlhf4j.cuda.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Philox;
import org.rlhf4j.tensor.kernel.Pointwise;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/**
 * At least one case for every kernel, with the sizes and values that were needed to kill mutants.
 */
final class KernelCases {
  static final int[] COLUMNS = {1, 2, 3, 4, 5, 7, 31, 33, 64, 127, 300, 515, 1029, 5003};
  private static final int[] SIZES = {1, 3, 4, 5, 130, 1027, 9001};

  private KernelCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    rows(cases);
    elements(cases);
    pairs(cases);
    sums(cases);
    norms(cases);
    attention(cases);
    rotary(cases);
    rest(cases);
    cases.addAll(SamplingCases.all());
    cases.addAll(CastCases.all());
    cases.addAll(VisibleCases.all());
    return cases;
  }

  /** An error of the exponent grows with |log p|, because the product with log2 e is rounded. */
  static double probability(double p) {
    return 5e-7 * (1 + Math.abs(Math.log(Math.max(Math.abs(p), 1e-300)))) * Math.abs(p);
  }

  /** The same with one entry, one whole row and a third of another row of -inf. */
  private static double[] withHiddenRow(double[] values, int columns) {
    double[] some = values.clone();
    some[0] = Double.NEGATIVE_INFINITY;
    java.util.Arrays.fill(some, 5 * columns, 6 * columns, Double.NEGATIVE_INFINITY);
    for (int j = 1; j < columns; j += 3) {
      some[6 * columns + j] = Double.NEGATIVE_INFINITY;
    }
    return some;
  }

  private static KernelCase.Tolerance relative(double tolerance) {
    return reference -> tolerance * Math.max(1, Math.abs(reference));
  }

  /** Tensors of odd rows, results of the forward kernel and random gradients. */
  private static void rows(List<KernelCase> cases) {
    for (int columns : COLUMNS) {
      Shape shape = Shape.of(9, columns);
      Shape rows = Shape.of(9);
      String label = "[9, " + columns + "]";
      double[] x = Inputs.oddRows(columns, columns);
      // for gradients: rows that are finite, so that a difference shows
      double[] tame = normal(9 * columns, 2, columns + 1);
      double[] dy = normal(9 * columns, 1, columns + 2);
      double[] dx = normal(9 * columns, 1, columns + 3);
      double[] dout = normal(9, 1, columns + 4);
      int[] ids = Inputs.ids(9, columns, columns);
      cases.add(
          new KernelCase(
              "RowKernels.softmax",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().softmax(w.of(shape, x), y);
                Tensor inPlace = w.of(shape, x);
                b.rows().softmax(inPlace, inPlace);
                return concat(y.toDoubles(), inPlace.toDoubles());
              },
              KernelCases::probability));
      cases.add(
          new KernelCase(
              "RowKernels.logSumExp",
              label,
              (b, w) -> {
                Tensor lse = w.empty(rows);
                b.rows().logSumExp(w.of(shape, x), lse);
                return lse.toDoubles();
              },
              relative(3e-7)));
      cases.add(
          new KernelCase(
              "RowKernels.logSoftmax",
              label,
              (b, w) -> {
                Tensor y = w.of(shape, x);
                b.rows().logSoftmax(y, y);
                return y.toDoubles();
              },
              // the difference carries the rounding of lse, up to 900 in these rows
              reference -> 3e-7 * Math.max(1000, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "RowKernels.logSoftmax",
              label + " tame",
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().logSoftmax(w.of(shape, tame), y);
                return y.toDoubles();
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.tokenLogprobs",
              label,
              (b, w) -> {
                Tensor logprobs = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().tokenLogprobs(w.of(shape, x), ids, logprobs, lse);
                return concat(logprobs.toDoubles(), lse.toDoubles());
              },
              // the difference carries the rounding of lse, up to 900 in these rows
              reference -> 3e-7 * Math.max(1000, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "RowKernels.tokenLogprobs",
              label + " tame",
              (b, w) -> {
                Tensor logprobs = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().tokenLogprobs(w.of(shape, tame), ids, logprobs, lse);
                return concat(logprobs.toDoubles(), lse.toDoubles());
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.entropy",
              label,
              (b, w) -> {
                Tensor out = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().entropy(w.of(shape, x), out, lse);
                return concat(out.toDoubles(), lse.toDoubles());
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.argmax",
              label,
              (b, w) -> {
                double[] ties = x.clone();
                for (int i = 0; i < ties.length; i++) {
                  ties[i] = ties[i] == Double.NEGATIVE_INFINITY ? ties[i] : Math.rint(ties[i]);
                  ties[i] = Double.isNaN(ties[i]) ? 0 : ties[i];
                }
                int[] best = b.rows().argmax(w.of(shape, ties));
                return java.util.Arrays.stream(best).asDoubleStream().toArray();
              },
              reference -> 0));
      cases.add(
          new KernelCase(
              "RowKernels.softmaxBackward",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().softmax(w.of(shape, tame), y);
                Tensor into = w.of(shape, dx);
                b.rows().softmaxBackward(y, w.of(shape, dy), into);
                return into.toDoubles();
              },
              relative(2e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.logSoftmaxBackward",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().logSoftmax(w.of(shape, tame), y);
                Tensor into = w.of(shape, dx);
                b.rows().logSoftmaxBackward(y, w.of(shape, dy), into);
                return into.toDoubles();
              },
              relative(3e-5)));
      cases.add(
          new KernelCase(
              "RowKernels.logSumExpBackward",
              label,
              (b, w) -> {
                double[] some = withHiddenRow(tame, columns);
                Tensor in = w.of(shape, some);
                Tensor lse = w.empty(rows);
                b.rows().logSumExp(in, lse);
                Tensor into = w.of(shape, dx);
                b.rows().logSumExpBackward(in, lse, w.of(rows, dout), into);
                return into.toDoubles();
              },
              relative(2e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.tokenLogprobsBackward",
              label,
              (b, w) -> {
                Tensor in = w.of(shape, withHiddenRow(tame, columns));
                Tensor lse = w.empty(rows);
                Tensor logprobs = w.empty(rows);
                b.rows().tokenLogprobs(in, ids, logprobs, lse);
                Tensor into = w.of(shape, dx);
                b.rows().tokenLogprobsBackward(in, ids, lse, w.of(rows, dout), into);
                return into.toDoubles();
              },
              relative(2e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.entropyBackward",
              label,
              (b, w) -> {
                double[] some = withHiddenRow(tame, columns);
                Tensor in = w.of(shape, some);
                Tensor out = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().entropy(in, out, lse);
                Tensor into = w.of(shape, dx);
                b.rows().entropyBackward(in, out, lse, w.of(rows, dout), into);
                return into.toDoubles();
              },
              relative(3e-6)));
    }
  }

  /** Where a function of one number is at its most difficult: near 0, near 1, far out. */
  private static double[] domain(Pointwise f) {
    double[] wide = {
      -90, -30, -8, -3, -1.5, -0.75, -0.5, -0.3, -1e-3, -1e-6, 0, 1e-6, 1e-3, 0.2, 0.49, 0.51, 0.7,
      1, 2, 5, 9, 30, 60
    };
    return switch (f) {
      case LOG, SQRT ->
          new double[] {1e-30, 1e-3, 0.3, 0.5, 0.501, 0.9, 0.999, 1, 1.001, 1.4999, 1.6, 7, 1e30};
      case RECIPROCAL -> new double[] {-7, -0.5, 1e-3, 3, 1e9};
      case LOG1P -> new double[] {-0.999, -0.6, -0.5, -0.3, -1e-6, 0, 1e-6, 0.3, 0.5, 0.6, 9, 1e9};
      case EXP, EXPM1 ->
          concat(
              wide,
              new double[] {
                -200, 88.5, 95, 97, 200, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
              });
      case EXP_REMAINDER ->
          new double[] {
            Double.NEGATIVE_INFINITY,
            -90,
            -30,
            -3,
            -1.01,
            -0.99,
            -0.51,
            -0.49,
            -0.1,
            -1e-3,
            -1e-6,
            0,
            1e-6,
            1e-3,
            0.3,
            0.49,
            0.51,
            0.9,
            0.99,
            1.01,
            2,
            9,
            60,
            95,
            97,
            200
          };
      case LOG1M_EXP -> new double[] {-40, -5, -1, -0.7, -0.69, -0.5, -0.1, -1e-3, -1e-6};
      default -> wide;
    };
  }

  private static KernelCase.Tolerance pointwise(Pointwise f) {
    return switch (f) {
      case EXP -> y -> 4e-7 * Math.abs(y);
      // beyond 1/2 it is e^x - 1, with the error of e^x
      case EXPM1 -> y -> 4e-7 * (Math.abs(y) < 0.39 ? Math.abs(y) : Math.abs(y) + 1);
      case EXP_REMAINDER -> y -> 9e-7 * Math.max(Math.abs(y), 1e-12);
      // by ex2 of a rounded product with log2 e, so that the error grows with |log y|
      default ->
          y ->
              6e-7
                  * Math.max(
                      Math.abs(y) * (1 + Math.abs(Math.log(Math.abs(y) + 1e-300))),
                      f == Pointwise.TANH || f == Pointwise.GELU ? 1e-2 : 1e-12);
    };
  }

  private static void elements(List<KernelCase> cases) {
    for (Pointwise f : Pointwise.values()) {
      double[] values = domain(f);
      // for one of them more than the threads of the grid, so that its loop runs
      double[] x = new double[f == Pointwise.GELU ? 2100 : values.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) values[i % values.length];
      }
      Shape shape = Shape.of(x.length);
      cases.add(
          new KernelCase(
              "ElementKernels.pointwise",
              f.name(),
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.elements().pointwise(f, w.of(shape, x), y);
                return y.toDoubles();
              },
              pointwise(f)));
      cases.add(
          new KernelCase(
              "ElementKernels.pointwiseBackward",
              f.name(),
              (b, w) -> {
                double[] outputs = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                  outputs[i] = (float) f.apply(x[i]);
                }
                Tensor in = w.of(shape, x);
                Tensor into = w.of(shape, normal(x.length, 1, 7));
                b.elements()
                    .pointwiseBackward(
                        f, in, w.of(shape, outputs), w.of(shape, normal(x.length, 1, 6)), into);
                return into.toDoubles();
              },
              relative(3e-6)));
    }
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
  }

  private static void pairs(List<KernelCase> cases) {
    Shape[][] shapes = {
      {Shape.of(2500), Shape.of(2500), Shape.of(2500)},
      {Shape.of(50, 70), Shape.of(1, 70), Shape.of(50, 70)},
      {Shape.of(2, 3, 4, 5), Shape.of(2, 1, 4, 1), Shape.of(2, 3, 4, 5)},
      {Shape.of(2, 1, 4, 1), Shape.of(2, 3, 4, 5), Shape.of(2, 3, 4, 5)},
      {Shape.of(5, 7), Shape.of(1, 7), Shape.of(5, 7)},
      {Shape.of(5, 7), Shape.of(5, 1), Shape.of(5, 7)},
      {Shape.of(2, 3, 4, 5), Shape.of(1, 3, 1, 5), Shape.of(2, 3, 4, 5)},
      {Shape.of(2, 1, 4, 1), Shape.of(1, 3, 1, 5), Shape.of(2, 3, 4, 5)},
      {Shape.of(2, 3, 4), Shape.scalar(), Shape.of(2, 3, 4)}
    };
    for (Pairwise f : Pairwise.values()) {
      for (Shape[] s : shapes) {
        double[] a = normal(s[0].size(), 2, 1);
        double[] b = normal(s[1].size(), 2, 2);
        // ties, which max and min decide
        b[0] = a[0];
        String label = f + " " + s[0] + " " + s[1];
        cases.add(
            new KernelCase(
                "ElementKernels.pairwise",
                label,
                (backend, w) -> {
                  Tensor y = w.empty(s[2]);
                  backend.elements().pairwise(f, w.of(s[0], a), w.of(s[1], b), y);
                  return y.toDoubles();
                },
                relative(2e-7)));
        for (boolean left : new boolean[] {true, false}) {
          cases.add(
              new KernelCase(
                  "ElementKernels.pairwiseBackward",
                  label + (left ? " left" : " right"),
                  (backend, w) -> {
                    Tensor d = w.of(s[2], normal(s[2].size(), 1, 3));
                    Tensor dy = w.of(s[2], normal(s[2].size(), 1, 4));
                    backend
                        .elements()
                        .pairwiseBackward(f, left, w.of(s[0], a), w.of(s[1], b), dy, d);
                    return d.toDoubles();
                  },
                  relative(1e-6)));
        }
        if (f == Pairwise.ADD) {
          cases.add(
              new KernelCase(
                  "ElementKernels.addBroadcast",
                  label,
                  (backend, w) -> {
                    Tensor y = w.of(s[2], normal(s[2].size(), 1, 3));
                    backend.elements().addBroadcast(w.of(s[1], b), 0.5, y);
                    return y.toDoubles();
                  },
                  relative(4e-7)));
        }
      }
    }
    double[] odd = {Double.NaN, 1, Double.NaN, Double.POSITIVE_INFINITY};
    double[] other = {1, Double.NaN, Double.NaN, 3};
    for (Pairwise f : new Pairwise[] {Pairwise.MAX, Pairwise.MIN}) {
      cases.add(
          new KernelCase(
              "ElementKernels.pairwise",
              f + " of NaN",
              (backend, w) -> {
                Shape four = Shape.of(4);
                Tensor y = w.empty(four);
                backend.elements().pairwise(f, w.of(four, odd), w.of(four, other), y);
                return y.toDoubles();
              },
              reference -> 0));
    }
  }

  private static void sums(List<KernelCase> cases) {
    Shape[][] shapes = {
      {Shape.of(7), Shape.scalar()},
      {Shape.of(40_001), Shape.of(1)},
      {Shape.of(5, 7), Shape.of(5, 1)},
      {Shape.of(5, 1029), Shape.of(5, 1)},
      {Shape.of(70, 40), Shape.of(1, 40)},
      {Shape.of(3, 37, 5), Shape.of(3, 1, 5)},
      {Shape.of(3, 4, 5), Shape.of(1, 4, 1)},
      {Shape.of(3, 4, 5, 6), Shape.of(1, 4, 1, 6)},
      {Shape.of(3, 4), Shape.of(3, 4)},
      {Shape.of(3, 1, 4), Shape.of(1, 1, 1)}
    };
    for (Shape[] s : shapes) {
      double[] x = normal(s[0].size(), 1, 9);
      cases.add(
          new KernelCase(
              "ElementKernels.addSum",
              s[0] + " to " + s[1],
              (b, w) -> {
                Tensor y = w.of(s[1], normal(s[1].size(), 1, 3));
                b.elements().addSum(w.of(s[0], x), y);
                return y.toDoubles();
              },
              // rounding of partial sums of some hundred numbers of size 1
              reference -> 1e-5 * Math.max(1, Math.abs(reference))));
    }
    for (int size : new int[] {1, 5, 1029, 40_001}) {
      cases.add(
          new KernelCase(
              "OptimizerKernels.addSumOfSquares",
              "[" + size + "]",
              (b, w) -> {
                Tensor total = w.of(Shape.of(1), 0.5);
                b.optimizers().addSumOfSquares(w.of(Shape.of(size), normal(size, 1, 4)), total);
                return total.toDoubles();
              },
              relative(1e-6)));
    }
  }

  private static void norms(List<KernelCase> cases) {
    for (int columns : new int[] {1, 3, 5, 8, 33, 64, 130, 1029}) {
      int count = columns == 1029 ? 3 : 35;
      Shape shape = Shape.of(count, columns);
      Shape rows = Shape.of(count);
      Shape weight = Shape.of(columns);
      double[] x = normal(shape.size(), 2, columns);
      for (int j = 0; j < columns; j++) {
        x[j] = (float) (x[j] + 1000);
      }
      double[] g = normal(columns, 1, 2);
      double[] beta = normal(columns, 1, 3);
      double[] dy = normal(shape.size(), 1, 4);
      double[] rstd = normal(count, 1, 5);
      double[] mean = normal(count, 1, 6);
      double[] into = normal(shape.size(), 1, 7);
      double[] tame = normal(shape.size(), 1, 8);
      String label = shape.toString();
      cases.add(
          new KernelCase(
              "NormKernels.rmsNorm",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                Tensor r = w.empty(rows);
                b.norms().rmsNorm(w.of(shape, x), w.of(weight, g), 1e-5, y, r);
                return concat(y.toDoubles(), r.toDoubles());
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "NormKernels.rmsNormBackwardInput",
              label,
              (b, w) -> {
                Tensor d = w.of(shape, into);
                b.norms()
                    .rmsNormBackwardInput(
                        w.of(shape, tame), w.of(weight, g), w.of(rows, rstd), w.of(shape, dy), d);
                return d.toDoubles();
              },
              reference -> 1e-5 * Math.max(1, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "NormKernels.rmsNormBackwardWeight",
              label,
              (b, w) -> {
                Tensor d = w.of(weight, g);
                b.norms()
                    .rmsNormBackwardWeight(w.of(shape, tame), w.of(rows, rstd), w.of(shape, dy), d);
                return d.toDoubles();
              },
              reference -> 1e-5 * Math.max(1, Math.abs(reference))));
      // a mean of 1000 costs digits of x - mean: 6e-5 absolute before the division by its spread
      cases.add(
          new KernelCase(
              "NormKernels.layerNorm",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                Tensor m = w.empty(rows);
                Tensor r = w.empty(rows);
                b.norms()
                    .layerNorm(
                        w.of(shape, columns == 1 ? tame : x),
                        w.of(weight, g),
                        w.of(weight, beta),
                        1e-5,
                        y,
                        m,
                        r);
                return concat(y.toDoubles(), m.toDoubles(), r.toDoubles());
              },
              reference -> 3e-4 * Math.max(1, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "NormKernels.layerNorm",
              label + " tame",
              (b, w) -> {
                Tensor y = w.empty(shape);
                Tensor m = w.empty(rows);
                Tensor r = w.empty(rows);
                b.norms()
                    .layerNorm(
                        w.of(shape, tame), w.of(weight, g), w.of(weight, beta), 1e-3, y, m, r);
                return concat(y.toDoubles(), m.toDoubles(), r.toDoubles());
              },
              reference -> 3e-6 * Math.max(1, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "NormKernels.layerNormBackwardInput",
              label,
              (b, w) -> {
                Tensor d = w.of(shape, into);
                b.norms()
                    .layerNormBackwardInput(
                        w.of(shape, tame),
                        w.of(weight, g),
                        w.of(rows, mean),
                        w.of(rows, rstd),
                        w.of(shape, dy),
                        d);
                return d.toDoubles();
              },
              reference -> 1e-5 * Math.max(1, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "NormKernels.layerNormBackwardWeight",
              label,
              (b, w) -> {
                Tensor d = w.of(weight, g);
                b.norms()
                    .layerNormBackwardWeight(
                        w.of(shape, tame), w.of(rows, mean), w.of(rows, rstd), w.of(shape, dy), d);
                return d.toDoubles();
              },
              reference -> 1e-5 * Math.max(1, Math.abs(reference))));
    }
  }

  /** batch, time, heads, key-value heads, head dim, key time, offset. */
  private static final int[][] ATTENTION = {
    {1, 1, 1, 1, 1, 1, 0},
    {2, 5, 2, 1, 8, 5, 0},
    {1, 33, 1, 1, 4, 33, 0},
    {2, 37, 4, 2, 33, 37, 0},
    {2, 3, 2, 2, 8, 50, 40},
    {1, 1, 8, 4, 8, 70, 33},
    {1, 6, 1, 1, 128, 6, 0},
    {1, 35, 1, 1, 2, 35, 0}
  };

  /** How far scores spread: common, and so far that the shift by the maximum matters. */
  private static final double[] SPREADS = {2, 30};

  private static void attention(List<KernelCase> cases) {
    for (double spread : SPREADS) {
      for (int[] c : ATTENTION) {
        attention(cases, c, spread);
      }
    }
  }

  private static void attention(List<KernelCase> cases, int[] c, double spread) {
    Shape queries = Shape.of(c[0], c[1], c[2], c[4]);
    Shape keys = Shape.of(c[0], c[5], c[3], c[4]);
    Shape statistics = Shape.of(c[0], c[2], c[1]);
    int[] start = new int[c[0]];
    start[start.length - 1] = c[0] > 1 ? c[6] + 2 : 0;
    Positions positions = new Positions(start, c[6]);
    double scale = (float) (1 / Math.sqrt(c[4]));
    double[] q = normal(queries.size(), spread, 1);
    double[] k = normal(keys.size(), 2, 2);
    double[] v = normal(keys.size(), 2, 3);
    // what lies behind offset + time must not be read
    int used = c[6] + c[1];
    for (int b = 0; b < c[0]; b++) {
      int width = c[3] * c[4];
      for (int i = used * width; i < c[5] * width; i++) {
        k[b * c[5] * width + i] = Double.NaN;
        v[b * c[5] * width + i] = Double.NaN;
      }
    }
    double[] dout = normal(queries.size(), 1, 4);
    String label = queries + " of " + keys + " spread " + spread;
    cases.add(
        new KernelCase(
            "AttentionKernels.attention",
            label,
            (b, w) -> {
              Tensor out = w.empty(queries);
              Tensor lse = w.empty(statistics);
              b.attention()
                  .attention(
                      w.of(queries, q), w.of(keys, k), w.of(keys, v), positions, scale, out, lse);
              return concat(out.toDoubles(), lse.toDoubles());
            },
            reference -> 2.5e-6 * spread * Math.max(1, Math.abs(reference))));
    cases.add(
        new KernelCase(
            "AttentionKernels.attentionBackward",
            label,
            (b, w) -> {
              Tensor out = w.empty(queries);
              Tensor lse = w.empty(statistics);
              Tensor tq = w.of(queries, q);
              Tensor tk = w.of(keys, k);
              Tensor tv = w.of(keys, v);
              b.attention().attention(tq, tk, tv, positions, scale, out, lse);
              Tensor dq = w.of(queries, normal(queries.size(), 1, 5));
              Tensor dk = w.of(keys, normal(keys.size(), 1, 6));
              Tensor dv = w.of(keys, normal(keys.size(), 1, 7));
              b.attention()
                  .attentionBackward(
                      tq, tk, tv, out, lse, w.of(queries, dout), positions, scale, dq, dk, dv);
              return concat(dq.toDoubles(), dk.toDoubles(), dv.toDoubles());
            },
            // a score carries a rounding error of its size, which the spread sets
            reference -> 1e-5 * spread * spread * Math.max(1, Math.abs(reference))));
  }

  private static void rotary(List<KernelCase> cases) {
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
    // the wider one has more elements than the grid has threads
    for (int width : new int[] {4, 200}) {
      Shape whole = Shape.of(2, 9, 2, width);
      Shape part = Shape.of(2, 3, 2, width);
      cases.add(
          new KernelCase(
              "AttentionKernels.append",
              part + " at 4",
              (b, w) -> {
                Tensor cache = w.of(whole, normal(whole.size(), 1, 1));
                b.attention().append(w.of(part, normal(part.size(), 1, 2)), cache, 4);
                return cache.toDoubles();
              },
              reference -> 0));
    }
  }

  private static void rest(List<KernelCase> cases) {
    cases.add(
        new KernelCase(
            "RowKernels.argmax",
            "tie of a later column of the first thread",
            (b, w) -> {
              double[] x = new double[300];
              x[6] = 1;
              x[128] = 1;
              // and one of a later column of the first warp
              double[] longer = new double[2000];
              longer[130] = 1;
              longer[1025] = 1;
              return new double[] {
                b.rows().argmax(w.of(Shape.of(1, 300), x))[0],
                b.rows().argmax(w.of(Shape.of(1, 2000), longer))[0]
              };
            },
            reference -> 0));
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
    for (int width : new int[] {1, 5, 130, 400}) {
      Shape table = Shape.of(11, width);
      int[] ids = {3, 10, 3, 0, 3, 7, 10};
      Shape picked = Shape.of(ids.length, width);
      cases.add(
          new KernelCase(
              "EmbeddingKernels.gather",
              "width " + width,
              (b, w) -> {
                Tensor y = w.empty(picked);
                b.embeddings().gather(w.of(table, normal(table.size(), 1, 1)), ids, y);
                return y.toDoubles();
              },
              reference -> 0));
      cases.add(
          new KernelCase(
              "EmbeddingKernels.addScatter",
              "width " + width,
              (b, w) -> {
                Tensor into = w.of(table, normal(table.size(), 1, 1));
                b.embeddings().addScatter(w.of(picked, normal(picked.size(), 1, 2)), ids, into);
                return into.toDoubles();
              },
              relative(1e-6)));
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
    for (double norm : new double[] {0.25, 9, Double.NaN}) {
      cases.add(
          new KernelCase(
              "OptimizerKernels.clipFactor",
              "norm " + norm,
              (b, w) -> {
                Tensor factor = w.empty(Shape.of(1));
                b.optimizers().clipFactor(w.of(Shape.of(1), norm * norm), 1.5, factor);
                return factor.toDoubles();
              },
              relative(2e-7)));
    }
    for (int size : SIZES) {
      Shape shape = Shape.of(size);
      cases.add(
          new KernelCase(
              "OptimizerKernels.adamW",
              "[" + size + "]",
              (b, w) -> {
                Tensor p = w.of(shape, normal(size, 1, 1));
                Tensor m = w.of(shape, normal(size, 0.1, 2));
                double[] squares = normal(size, 0.1, 3);
                for (int i = 0; i < size; i++) {
                  squares[i] = (float) (squares[i] * squares[i]);
                }
                Tensor v = w.of(shape, squares);
                b.optimizers()
                    .adamW(
                        p,
                        w.of(shape, normal(size, 0.2, 4)),
                        w.of(Shape.of(1), 0.5),
                        m,
                        v,
                        new AdamWStep(0.01, 0.9, 0.99, 0.02, 0.1, 3));
                return concat(p.toDoubles(), m.toDoubles(), v.toDoubles());
              },
              relative(1e-6)));
    }
    for (boolean ta : new boolean[] {false, true}) {
      for (boolean tb : new boolean[] {false, true}) {
        for (int[] s : new int[][] {{1, 1, 1, 1}, {1, 3, 5, 7}, {2, 4, 3, 2}, {1, 2, 3, 0}}) {
          for (boolean accumulate : new boolean[] {false, true}) {
            Shape a = ta ? Shape.of(s[0], s[3], s[1]) : Shape.of(s[0], s[1], s[3]);
            Shape bShape = tb ? Shape.of(s[0], s[2], s[3]) : Shape.of(s[0], s[3], s[2]);
            Shape c = Shape.of(s[0], s[1], s[2]);
            cases.add(
                new KernelCase(
                    "MatrixKernels.multiply",
                    a + (ta ? "' " : " ") + bShape + (tb ? "'" : "") + (accumulate ? " add" : ""),
                    (b, w) -> {
                      Tensor out = w.of(c, normal(c.size(), 1, 3));
                      b.matrices()
                          .multiply(
                              w.of(a, normal(a.size(), 1, 1)),
                              ta,
                              w.of(bShape, normal(bShape.size(), 1, 2)),
                              tb,
                              out,
                              accumulate);
                      return out.toDoubles();
                    },
                    relative(1e-6)));
          }
        }
      }
    }
  }
}
