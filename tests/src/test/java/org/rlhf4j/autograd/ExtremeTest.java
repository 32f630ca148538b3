package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Scratch.Derivative;
import org.rlhf4j.autograd.op.CausalAttention;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.autograd.op.LayerNorm;
import org.rlhf4j.autograd.op.RmsNorm;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Positions;

/** Values far out, -inf, masks and NaN: finite where mathematics is, and no leak. */
class ExtremeTest {
  private static final double NAN = Double.NaN;
  private static final double MINUS = Double.NEGATIVE_INFINITY;
  private static final Shape ROW = Shape.of(1, 3);
  private static final double[] FAR = {1e4, 0, -1e4};

  private static Derivative differentiate(
      Shape shape, double[] x, Function<Variable, Variable> function) {
    try (Scratch scratch = new Scratch()) {
      return scratch.differentiate(shape, x, function);
    }
  }

  private static void assertDerivative(double[] value, double[] gradient, Derivative actual) {
    assertArrayEquals(value, actual.value(), 1e-12, "value");
    assertArrayEquals(gradient, actual.gradient(), 1e-12, "gradient");
  }

  private static double[] of(double... values) {
    return values;
  }

  @Test
  void rowsOfFarLogits() {
    assertDerivative(of(1, 0, 0), of(0, 0, 0), differentiate(ROW, FAR, Variable::softmax));
    assertDerivative(
        of(0, -1e4, -2e4), of(-2, 1, 1), differentiate(ROW, FAR, Variable::logSoftmax));
    assertDerivative(of(1e4), of(1, 0, 0), differentiate(ROW, FAR, Variable::logSumExp));
    assertDerivative(of(0), of(0, 0, 0), differentiate(ROW, FAR, Variable::entropy));
    assertDerivative(
        of(-2e4), of(-1, 0, 1), differentiate(ROW, FAR, x -> x.tokenLogprobs(new int[] {2})));
    assertDerivative(
        of(2e4), of(1, 0, -1), differentiate(ROW, FAR, x -> CrossEntropy.of(x, new int[] {2})));
  }

  @Test
  void functionsOfOneFarNumber() {
    double[] both = {1e4, -1e4};
    Shape two = Shape.of(2);
    assertDerivative(of(1, 0), of(0, 0), differentiate(two, both, Variable::sigmoid));
    assertDerivative(of(0, -1e4), of(0, 1), differentiate(two, both, Variable::logSigmoid));
    assertDerivative(of(1e4, 0), of(1, 0), differentiate(two, both, Variable::softplus));
    assertDerivative(of(1e4, 0), of(1, 0), differentiate(two, both, Variable::silu));
    assertDerivative(of(1e4, 0), of(1, 0), differentiate(two, both, Variable::gelu));
    assertDerivative(of(1, -1), of(0, 0), differentiate(two, both, Variable::tanh));
    assertDerivative(of(0), of(0), differentiate(Shape.of(1), of(-1e4), Variable::log1mExp));
  }

  /** Where the plain formula has lost every digit: log(1 + 1e-20), e^1e-20 - 1, log(1 - e^x). */
  @Test
  void tinyNumbersKeepTheirDigits() {
    assertEquals(1e-20, differentiate(Shape.of(1), of(1e-20), Variable::log1p).value()[0]);
    assertEquals(1e-20, differentiate(Shape.of(1), of(1e-20), Variable::expm1).value()[0]);
    assertEquals(
        Math.log(1e-20),
        differentiate(Shape.of(1), of(-1e-20), Variable::log1mExp).value()[0],
        1e-12);
    assertEquals(
        -Math.exp(-50) / (1 - Math.exp(-50)),
        differentiate(Shape.of(1), of(-50), Variable::log1mExp).gradient()[0],
        1e-34);
    assertEquals(
        Math.exp(-50), differentiate(Shape.of(1), of(-50), Variable::sigmoid).value()[0], 1e-34);
    assertEquals(
        -Math.exp(-50), differentiate(Shape.of(1), of(50), Variable::logSigmoid).value()[0], 1e-34);
  }

  /** softmax(x + c) = softmax(x): 1e4 costs four of sixteen digits of the logits, no more. */
  @Property(tries = 50)
  void aShiftOfAllLogitsChangesNoLogprob(
      @ForAll @Size(5) List<@DoubleRange(min = -20, max = 20) Double> logits,
      @ForAll @DoubleRange(min = -1e4, max = 1e4) double shift) {
    double[] x = logits.stream().mapToDouble(Double::doubleValue).toArray();
    double[] shifted = Arrays.stream(x).map(v -> v + shift).toArray();
    Derivative plain = differentiate(Shape.of(1, 5), x, v -> v.logSoftmax().square());
    Derivative moved = differentiate(Shape.of(1, 5), shifted, v -> v.logSoftmax().square());
    assertArrayEquals(plain.value(), moved.value(), 1e-9);
    assertArrayEquals(plain.gradient(), moved.gradient(), 1e-9);
  }

  @Test
  void aMinusInfinityIsAnImpossibleToken() {
    double[] x = {0, MINUS, 0};
    double log2 = Math.log(2);
    assertDerivative(of(.5, 0, .5), of(0, 0, 0), differentiate(ROW, x, Variable::softmax));
    assertDerivative(of(log2), of(.5, 0, .5), differentiate(ROW, x, Variable::logSumExp));
    assertDerivative(of(log2), of(0, 0, 0), differentiate(ROW, x, Variable::entropy));
    assertDerivative(
        of(-log2), of(.5, 0, -.5), differentiate(ROW, x, v -> v.tokenLogprobs(new int[] {0})));
    assertEquals(MINUS, differentiate(ROW, x, Variable::logSoftmax).value()[1]);
    assertEquals(MINUS, differentiate(ROW, x, v -> v.tokenLogprobs(new int[] {1})).value()[0]);
  }

  @Test
  void anImpossibleRowHasTheDocumentedValuesAndNoNan() {
    double[] x = {MINUS, MINUS, MINUS};
    assertDerivative(of(0, 0, 0), of(0, 0, 0), differentiate(ROW, x, Variable::softmax));
    assertDerivative(of(MINUS), of(0, 0, 0), differentiate(ROW, x, Variable::logSumExp));
    assertDerivative(of(0), of(0, 0, 0), differentiate(ROW, x, Variable::entropy));
    Derivative logprobs = differentiate(ROW, x, Variable::logSoftmax);
    assertArrayEquals(of(MINUS, MINUS, MINUS), logprobs.value());
    assertTrue(Arrays.stream(logprobs.gradient()).allMatch(Double::isFinite));
  }

  @Test
  void aNanSpoilsItsRowAndNoOther() {
    Shape shape = Shape.of(2, 3);
    double[] x = {0, NAN, MINUS, 0, 0, 0};
    double third = 1.0 / 3;
    assertArrayEquals(
        of(NAN, NAN, NAN, third, third, third),
        differentiate(shape, x, Variable::softmax).value(),
        1e-15);
    assertArrayEquals(
        of(NAN, NAN, NAN, -Math.log(3), -Math.log(3), -Math.log(3)),
        differentiate(shape, x, Variable::logSoftmax).value(),
        1e-15);
    assertArrayEquals(
        of(NAN, Math.log(3)), differentiate(shape, x, Variable::logSumExp).value(), 1e-15);
    assertArrayEquals(
        of(NAN, Math.log(3)), differentiate(shape, x, Variable::entropy).value(), 1e-15);
    assertArrayEquals(
        of(NAN, -Math.log(3)),
        differentiate(shape, x, v -> v.tokenLogprobs(new int[] {2, 0})).value(),
        1e-15);
  }

  @Test
  void nanBehindAMaskLeaksNowhere() {
    try (Scratch scratch = new Scratch()) {
      Tensor mask = scratch.workspace.of(Shape.of(4), 1, 0, 1, 0);
      double[] x = {3, NAN, -2, Double.POSITIVE_INFINITY};
      Derivative selected = scratch.differentiate(Shape.of(4), x, v -> v.masked(mask, 7));
      assertDerivative(of(3, 7, -2, 7), of(1, 0, 1, 0), selected);
      Derivative nanComesBack =
          scratch.differentiate(
              Shape.of(4),
              of(1, 1, 1, 1),
              v -> v.masked(mask, 7).mul(v.tape().constant(Shape.of(4), 2, NAN, 2, NAN)));
      assertArrayEquals(of(2, 0, 2, 0), nanComesBack.gradient());
    }
  }

  @Test
  void anIgnoredRowIsNeverRead() {
    Shape shape = Shape.of(2, 3);
    double[] x = {NAN, NAN, NAN, 0, 0, 0};
    int[] ids = {TokenLogprobs.IGNORED, 1};
    double third = 1.0 / 3;
    assertDerivative(
        of(0, -Math.log(3)),
        of(0, 0, 0, -third, 1 - third, -third),
        differentiate(shape, x, v -> v.tokenLogprobs(ids)));
    assertDerivative(
        of(Math.log(3)),
        of(0, 0, 0, third, third - 1, third),
        differentiate(shape, x, v -> CrossEntropy.of(v, ids)));
  }

  /**
   * Row 0 has one column of padding, keys have a column behind the last query; both hold NaN, as
   * does the query of the padding and the gradient that comes back for it.
   */
  @Test
  void attentionReadsNeitherPaddingNorTheFuture() {
    try (Scratch scratch = new Scratch()) {
      Shape queries = Shape.of(1, 2, 1, 1);
      Shape keys = Shape.of(1, 3, 1, 1);
      Parameter q = scratch.parameter(queries, NAN, 2);
      Parameter k = scratch.parameter(keys, NAN, 3, NAN);
      Parameter v = scratch.parameter(keys, NAN, 5, NAN);
      try (Tape tape = Tape.recording(scratch.pool)) {
        Variable out =
            CausalAttention.of(
                tape.use(q), tape.use(k), tape.use(v), new Positions(new int[] {1}, 0));
        assertArrayEquals(of(0, 5), out.value().toDoubles());
        tape.backward(out.mul(tape.constant(queries, NAN, 1)).sum());
      }
      assertArrayEquals(of(0, 0), q.gradient().toDoubles());
      assertArrayEquals(of(0, 0, 0), k.gradient().toDoubles());
      assertArrayEquals(of(0, 1, 0), v.gradient().toDoubles());
    }
  }

  /** Scores of 1e8: the first key takes everything. */
  @Test
  void attentionOfFarScores() {
    try (Scratch scratch = new Scratch()) {
      Shape shape = Shape.of(1, 2, 1, 1);
      Parameter q = scratch.parameter(shape, 1e4, 1e4);
      Parameter k = scratch.parameter(shape, 1e4, -1e4);
      Parameter v = scratch.parameter(shape, 5, 7);
      try (Tape tape = Tape.recording(scratch.pool)) {
        Variable out =
            CausalAttention.of(tape.use(q), tape.use(k), tape.use(v), Positions.unpadded(1));
        assertArrayEquals(of(5, 5), out.value().toDoubles());
        tape.backward(out.sum());
      }
      assertArrayEquals(of(0, 0), q.gradient().toDoubles());
      assertArrayEquals(of(2, 0), v.gradient().toDoubles());
    }
  }

  /** A row without spread has a finite norm: epsilon keeps the division whole. */
  @Test
  void normsOfARowWithoutSpread() {
    try (Scratch scratch = new Scratch()) {
      Tensor weight = scratch.workspace.of(Shape.of(3), 1, 2, 3);
      Tensor bias = scratch.workspace.of(Shape.of(3), 4, 5, 6);
      assertDerivative(
          of(0, 0, 0),
          of(1000, 2000, 3000),
          scratch.differentiate(
              ROW, of(0, 0, 0), x -> RmsNorm.of(x, x.tape().constant(weight), 1e-6)));
      assertDerivative(
          of(4, 5, 6),
          of(-1000, 0, 1000),
          scratch.differentiate(
              ROW,
              of(9, 9, 9),
              x -> LayerNorm.of(x, x.tape().constant(weight), x.tape().constant(bias), 1e-6)));
    }
  }

  /** Two passes: a variance of 2/3 around 1e8 keeps its digits, where E[x^2] - E[x]^2 has none. */
  @Test
  void layerNormFarFromZero() {
    try (Scratch scratch = new Scratch()) {
      Tensor weight = scratch.workspace.of(Shape.of(3), 1, 1, 1);
      Tensor bias = scratch.workspace.zeros(Shape.of(3));
      double edge = Math.sqrt(1.5);
      Derivative normed =
          scratch.differentiate(
              ROW,
              of(1e8 - 1, 1e8, 1e8 + 1),
              x -> LayerNorm.of(x, x.tape().constant(weight), x.tape().constant(bias), 0));
      assertArrayEquals(of(-edge, 0, edge), normed.value(), 1e-12);
    }
  }
}
