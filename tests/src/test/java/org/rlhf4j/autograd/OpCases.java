package org.rlhf4j.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.autograd.OpCase.Use;
import org.rlhf4j.autograd.op.Affine;
import org.rlhf4j.autograd.op.CausalAttention;
import org.rlhf4j.autograd.op.Concat;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.autograd.op.Dropout;
import org.rlhf4j.autograd.op.Embedding;
import org.rlhf4j.autograd.op.Entropy;
import org.rlhf4j.autograd.op.LayerNorm;
import org.rlhf4j.autograd.op.Linear;
import org.rlhf4j.autograd.op.LogSoftmax;
import org.rlhf4j.autograd.op.LogSumExp;
import org.rlhf4j.autograd.op.Masked;
import org.rlhf4j.autograd.op.MatrixProduct;
import org.rlhf4j.autograd.op.PairwiseOp;
import org.rlhf4j.autograd.op.PointwiseOp;
import org.rlhf4j.autograd.op.Reshape;
import org.rlhf4j.autograd.op.RmsNorm;
import org.rlhf4j.autograd.op.Rotary;
import org.rlhf4j.autograd.op.Slice;
import org.rlhf4j.autograd.op.Softmax;
import org.rlhf4j.autograd.op.Sum;
import org.rlhf4j.autograd.op.SwiGlu;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** Every op with inputs that stay off its kinks and poles; {@link KinkTest} is about those. */
final class OpCases {
  private OpCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (Pointwise f : Pointwise.values()) {
      cases.add(
          new OpCase(
              f.name(),
              PointwiseOp.class,
              draw -> OpCase.of(domain(f, draw), x -> PointwiseOp.of(f, x))));
    }
    for (Pairwise f : Pairwise.values()) {
      cases.add(new OpCase(f.name(), PairwiseOp.class, draw -> pairwise(f, draw)));
    }
    for (boolean transposeA : new boolean[] {false, true}) {
      for (boolean transposeB : new boolean[] {false, true}) {
        String name = "matmul" + (transposeA ? " a^T" : "") + (transposeB ? " b^T" : "");
        cases.add(
            new OpCase(name, MatrixProduct.class, draw -> product(transposeA, transposeB, draw)));
      }
    }
    for (RotaryLayout layout : RotaryLayout.values()) {
      cases.add(new OpCase("rotary " + layout, Rotary.class, draw -> rotary(layout, draw)));
    }
    cases.addAll(elements());
    cases.addAll(rows());
    cases.addAll(layers());
    return cases;
  }

  private static List<OpCase> elements() {
    return List.of(
        new OpCase(
            "affine", Affine.class, d -> OpCase.of(d.values(d.shape()), x -> Affine.of(x, -3, 2))),
        new OpCase("masked", Masked.class, OpCases::masked),
        new OpCase(
            "dropout",
            Dropout.class,
            d -> OpCase.of(d.values(d.shape()), x -> Dropout.of(x, new RandomKey(3), 0.4))),
        new OpCase(
            "reshape",
            Reshape.class,
            d ->
                OpCase.of(
                    d.values(d.shape()), x -> Reshape.of(x, Shape.of(1, x.shape().size(), 1)))),
        new OpCase("sum", Sum.class, OpCases::sum),
        new OpCase("slice", Slice.class, OpCases::slice),
        new OpCase("concat", Concat.class, OpCases::concat));
  }

  private static List<OpCase> rows() {
    return List.of(
        new OpCase("softmax", Softmax.class, d -> OpCase.of(d.values(logits(d)), Softmax::of)),
        new OpCase(
            "logSoftmax", LogSoftmax.class, d -> OpCase.of(d.values(logits(d)), LogSoftmax::of)),
        new OpCase(
            "logSumExp", LogSumExp.class, d -> OpCase.of(d.values(logits(d)), LogSumExp::of)),
        new OpCase("entropy", Entropy.class, d -> OpCase.of(d.values(logits(d)), Entropy::of)),
        new OpCase("tokenLogprobs", TokenLogprobs.class, OpCases::tokenLogprobs),
        new OpCase("crossEntropy", CrossEntropy.class, OpCases::crossEntropy));
  }

  private static List<OpCase> layers() {
    return List.of(
        new OpCase("linear", Linear.class, d -> linear(false, d)),
        new OpCase("linear with bias", Linear.class, d -> linear(true, d)),
        new OpCase("embedding", Embedding.class, OpCases::embedding),
        new OpCase("rmsNorm", RmsNorm.class, OpCases::rmsNorm),
        new OpCase("layerNorm", LayerNorm.class, OpCases::layerNorm),
        new OpCase("swiGlu", SwiGlu.class, OpCases::swiGlu),
        new OpCase("causalAttention", CausalAttention.class, OpCases::attention));
  }

  private static Tensor domain(Pointwise f, Draw draw) {
    return switch (f) {
      case LOG, SQRT -> draw.between(0.3, 3, draw.shape());
      case LOG1P -> draw.between(-0.6, 3, draw.shape());
      case LOG1M_EXP -> draw.between(-3, -0.3, draw.shape());
      case RECIPROCAL -> draw.awayFromZero(0.5, 3, draw.shape());
      case ABS, RELU -> draw.awayFromZero(0.01, 3, draw.shape());
      case NEG,
          EXP,
          EXPM1,
          EXP_REMAINDER,
          SQUARE,
          TANH,
          SIGMOID,
          LOG_SIGMOID,
          SOFTPLUS,
          SILU,
          GELU ->
          draw.between(-3, 3, draw.shape());
    };
  }

  private static Use pairwise(Pairwise f, Draw draw) {
    Shape left = draw.broadcastingTo(draw.shape());
    Shape right = draw.broadcastingTo(draw.shape());
    List<Tensor> inputs =
        switch (f) {
          case MAX, MIN -> List.of(draw.onGrid(0, left), draw.onGrid(0.2, right));
          case DIV -> List.of(draw.values(left), draw.awayFromZero(0.7, 2, right));
          case ADD, SUB, MUL -> List.of(draw.values(left), draw.values(right));
        };
    return new Use(inputs, in -> PairwiseOp.of(f, in.get(0), in.get(1)));
  }

  private static Use product(boolean transposeA, boolean transposeB, Draw draw) {
    int m = draw.dim(0);
    int k = draw.dim(1);
    int n = draw.dim(2);
    Shape a = transposeA ? draw.shapeEndingWith(k, m) : draw.shapeEndingWith(m, k);
    Shape b = transposeB ? draw.shapeEndingWith(n, k) : draw.shapeEndingWith(k, n);
    return new Use(
        List.of(draw.values(a), draw.values(b)),
        in -> MatrixProduct.of(in.get(0), transposeA, in.get(1), transposeB));
  }

  private static Use rotary(RotaryLayout layout, Draw draw) {
    Shape shape = Shape.of(draw.dim(0), draw.dim(1), draw.dim(2), 2 * draw.dim(3));
    Positions positions = new Positions(draw.ids(draw.dim(0), 0, 3), draw.random.nextInt(3));
    return OpCase.of(draw.values(shape), x -> Rotary.of(x, positions, 100, layout));
  }

  private static Use masked(Draw draw) {
    Tensor mask = draw.mask(draw.shape());
    return OpCase.of(draw.values(draw.shape()), x -> Masked.of(x, mask, 7));
  }

  private static Use sum(Draw draw) {
    Shape to = draw.broadcastingTo(draw.shape());
    return OpCase.of(draw.values(draw.shape()), x -> Sum.of(x, to));
  }

  private static Use slice(Draw draw) {
    Shape shape = draw.shapeEndingWith(draw.dim(2) + 2, draw.dim(3));
    int from = draw.random.nextInt(3);
    int to = from + draw.random.nextInt(shape.dim(-2) - from + 1);
    return OpCase.of(draw.values(shape), x -> Slice.of(x, -2, from, to));
  }

  private static Use concat(Draw draw) {
    Shape first = draw.shapeEndingWith(draw.dim(2), draw.dim(3));
    Shape second = first.with(-2, draw.dim(1));
    return new Use(
        List.of(draw.values(first), draw.values(second)),
        in -> Concat.of(-2, List.of(in.get(0), in.get(1), in.get(0))));
  }

  private static Shape logits(Draw draw) {
    return draw.shapeEndingWith(draw.dim(3) + 1);
  }

  private static Use tokenLogprobs(Draw draw) {
    Shape shape = logits(draw);
    int[] ids = draw.ids(shape.rows(), TokenLogprobs.IGNORED, shape.columns());
    return OpCase.of(draw.values(shape), x -> TokenLogprobs.of(x, ids));
  }

  private static Use crossEntropy(Draw draw) {
    Shape shape = logits(draw);
    int[] ids = draw.ids(shape.rows(), TokenLogprobs.IGNORED, shape.columns());
    Arrays.fill(ids, 0, Math.min(1, ids.length), shape.columns() - 1);
    return OpCase.of(draw.values(shape), x -> CrossEntropy.of(x, ids));
  }

  private static Use linear(boolean bias, Draw draw) {
    int in = draw.dim(2);
    int out = draw.dim(3);
    Tensor x = draw.values(draw.shapeEndingWith(in));
    Tensor weight = draw.values(Shape.of(out, in));
    return bias
        ? new Use(
            List.of(x, weight, draw.values(Shape.of(out))),
            v -> Linear.of(v.get(0), v.get(1), v.get(2)))
        : new Use(List.of(x, weight), v -> Linear.of(v.get(0), v.get(1)));
  }

  private static Use embedding(Draw draw) {
    Shape table = Shape.of(draw.dim(0) + 1, draw.dim(1));
    int[] ids = draw.ids(2 * draw.dim(2), 0, table.dim(0));
    return OpCase.of(draw.values(table), x -> Embedding.of(x, ids));
  }

  private static Use rmsNorm(Draw draw) {
    Shape weight = Shape.of(draw.dim(3));
    return new Use(
        List.of(draw.values(draw.shapeEndingWith(draw.dim(3))), draw.values(weight)),
        in -> RmsNorm.of(in.get(0), in.get(1), 0.1));
  }

  private static Use layerNorm(Draw draw) {
    Shape weight = Shape.of(draw.dim(3));
    return new Use(
        List.of(
            draw.values(draw.shapeEndingWith(draw.dim(3))),
            draw.values(weight),
            draw.values(weight)),
        in -> LayerNorm.of(in.get(0), in.get(1), in.get(2), 0.1));
  }

  private static Use swiGlu(Draw draw) {
    return new Use(
        List.of(draw.values(draw.shape()), draw.values(draw.shape())),
        in -> SwiGlu.of(in.get(0), in.get(1)));
  }

  private static Use attention(Draw draw) {
    int batch = draw.dim(0);
    int time = draw.dim(1);
    int keyValueHeads = draw.random.nextInt(1, 3);
    int heads = keyValueHeads * draw.random.nextInt(1, 3);
    int offset = draw.random.nextInt(3);
    int keyTime = offset + time + draw.random.nextInt(2);
    Positions positions = new Positions(draw.ids(batch, 0, offset + time + 1), offset);
    Shape keys = Shape.of(batch, keyTime, keyValueHeads, draw.dim(3));
    return new Use(
        List.of(
            draw.values(Shape.of(batch, time, heads, draw.dim(3))),
            draw.values(keys),
            draw.values(keys)),
        in -> CausalAttention.of(in.get(0), in.get(1), in.get(2), positions));
  }
}
