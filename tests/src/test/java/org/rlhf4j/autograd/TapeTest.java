package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.rlhf4j.autograd.op.SwiGlu;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** What a tape promises beyond the gradient of one op. */
class TapeTest {
  private final Scratch scratch = new Scratch();
  private final Parameter x = scratch.parameter(Shape.of(3), 1, 2, 3);

  /** Fails where a test left a tape open. */
  @AfterEach
  void close() {
    scratch.close();
  }

  private void assertGradient(double... expected) {
    assertArrayEquals(expected, x.gradient().toDoubles(), 1e-15);
  }

  private static void assertMessage(
      String expected, Class<? extends Exception> type, Executable executable) {
    assertEquals(expected, assertThrows(type, executable).getMessage());
  }

  @Test
  void twoTapesAccumulate() {
    for (int micro = 1; micro <= 2; micro++) {
      try (Tape tape = Tape.recording(scratch.pool)) {
        tape.backward(tape.use(x).square().sum());
      }
    }
    assertGradient(4, 8, 12);
    x.zeroGradient();
    assertGradient(0, 0, 0);
  }

  @Test
  void aParameterUsedTwiceAdds() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      tape.backward(tape.use(x).mul(tape.use(x)).sum());
    }
    assertGradient(2, 4, 6);
  }

  /** d/dx (y + y^2 + y y) with y = 2x is 2 (1 + 4y). */
  @Test
  void fanOutAdds() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable y = tape.use(x).mul(2);
      tape.backward(y.add(y.square()).add(y.mul(y)).sum());
    }
    assertGradient(2 * (1 + 4 * 2), 2 * (1 + 4 * 4), 2 * (1 + 4 * 6));
  }

  @Test
  void theLossMayBeTheParameter() {
    Parameter one = scratch.parameter(Shape.of(1), 5);
    for (int tapes = 1; tapes <= 2; tapes++) {
      try (Tape tape = Tape.recording(scratch.pool)) {
        tape.backward(tape.use(one));
      }
      assertEquals(tapes, one.gradient().item());
    }
  }

  @Test
  void whatTheLossDoesNotDependOnGetsNoGradient() {
    Parameter other = scratch.parameter(Shape.of(1), 5);
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable unused = tape.use(other).exp();
      assertTrue(unused.requiresGradient());
      tape.backward(tape.use(x).sum());
    }
    assertEquals(0, other.gradient().item());
    assertGradient(1, 1, 1);
  }

  /** y = x + 2 x by a kernel that reads both gradients before it writes either. */
  @Test
  void aVariableThatIsThereTwiceHasTwoTensorsToAddTo() {
    for (boolean reshaped : new boolean[] {false, true}) {
      x.zeroGradient();
      try (Tape tape = Tape.recording(scratch.pool)) {
        Variable use = tape.use(x);
        Variable again = reshaped ? use.reshape(1, 3).reshape(3) : use;
        Tensor y = tape.workspace().of(Shape.of(3), 3, 6, 9);
        Variable sum =
            tape.record(
                "both",
                y,
                dy ->
                    Variable.accumulate(
                        List.of(use, again),
                        d -> {
                          double[] first = d.get(0).toDoubles();
                          double[] second = d.get(1).toDoubles();
                          double[] out = dy.toDoubles();
                          Arrays.setAll(first, i -> first[i] + out[i]);
                          Arrays.setAll(second, i -> second[i] + 2 * out[i]);
                          d.get(0).set(first);
                          d.get(1).set(second);
                        }),
                use,
                again);
        tape.backward(sum.sum());
      }
      assertGradient(3, 3, 3);
    }
  }

  /** Of x silu(x) with the x in front held fast: x s + x^2 s (1 - s). */
  @Test
  void anOpMayBeAskedForOneGradientOnly() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable use = tape.use(x);
      tape.backward(SwiGlu.of(use, use.detach()).sum());
    }
    assertGradient(v -> v * s(v) + v * v * s(v) * (1 - s(v)));
  }

  private static double s(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  private void assertGradient(DoubleUnaryOperator expected) {
    double[] values = DoubleStream.of(1, 2, 3).map(expected).toArray();
    assertArrayEquals(
        values, x.gradient().toDoubles(), 1e-14); // some roundings of numbers below 10
  }

  /** d/dx (x detached(x)) = x and not 2x. */
  @Test
  void detachStopsTheGradient() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable use = tape.use(x);
      assertFalse(use.detach().requiresGradient());
      tape.backward(use.mul(use.detach()).sum());
    }
    assertGradient(1, 2, 3);
  }

  @Test
  void noGradComputesTheSameAndRecordsNothing() {
    double recorded;
    try (Tape tape = Tape.recording(scratch.pool)) {
      recorded = tape.use(x).exp().sum().item();
    }
    try (Tape tape = Tape.noGrad(scratch.pool)) {
      Variable y = tape.use(x).exp().sum();
      assertEquals(recorded, y.item());
      assertFalse(tape.isRecording());
      assertFalse(y.requiresGradient());
      assertEquals("tape without gradient", tape.toString());
      assertMessage(
          "this tape does not record; use Tape.recording to train",
          IllegalStateException.class,
          () -> tape.backward(y));
    }
    assertGradient(0, 0, 0);
  }

  @Test
  void constantsAreNotRecorded() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable loss = tape.constant(Shape.of(2), 1, 2).exp().sum();
      assertEquals("recording tape", tape.toString());
      assertMessage(
          "the loss sum[] depends on no parameter; nothing can be learned from it",
          IllegalArgumentException.class,
          () -> tape.backward(loss));
    }
  }

  @Test
  void backwardTwiceIsAnError() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable loss = tape.use(x).sum();
      tape.backward(loss);
      assertMessage(
          "this tape was walked back already; sum the losses or use one tape for each",
          IllegalStateException.class,
          () -> tape.backward(loss));
    }
    assertGradient(1, 1, 1);
  }

  @Test
  void theLossMustBeOneNumber() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      assertMessage(
          "backward needs a loss of one number, but its shape is [3]",
          IllegalArgumentException.class,
          () -> tape.backward(tape.use(x)));
    }
  }

  @Test
  void tapesDoNotMix() {
    try (Tape tape = Tape.recording(scratch.pool);
        Tape other = Tape.recording(scratch.pool)) {
      Variable here = tape.use(x);
      Variable there = other.use(x);
      assertMessage(
          "ADD mixes two tapes: input x[3] belongs to another one",
          IllegalArgumentException.class,
          () -> here.add(there));
      assertMessage(
          "the loss sum[] belongs to another tape",
          IllegalArgumentException.class,
          () -> tape.backward(there.sum()));
    }
    assertGradient(0, 0, 0);
  }

  @Test
  void useAfterCloseIsAnErrorWithTheShape() {
    Tape tape = Tape.recording(scratch.pool);
    Variable y = tape.use(x).exp();
    tape.close();
    assertMessage(
        "tensor [3] was used after its workspace gave the memory back",
        IllegalStateException.class,
        () -> y.value().toDoubles());
    assertMessage(
        "cannot make a tensor [3]: the workspace is closed", IllegalStateException.class, y::exp);
    assertMessage("the workspace is already closed", IllegalStateException.class, tape::close);
  }

  /** In a chain only two gradients live at a time: the one that arrived and the one it becomes. */
  @Test
  void aGradientIsFreedAsSoonAsItWasUsed() {
    List<Integer> onLoan = new ArrayList<>();
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable y = tape.use(x);
      for (int i = 0; i < 10; i++) {
        y = observed(y, onLoan);
      }
      Variable loss = y.sum();
      int forward = scratch.pool.lent();
      tape.backward(loss);
      assertEquals(10, onLoan.size());
      for (int lent : onLoan) {
        assertTrue(lent <= forward + 2, lent + " on loan, " + forward + " before backward");
      }
    }
    assertGradient(1, 1, 1);
  }

  /** y = x, which notes how many buffers are on loan while its gradient passes. */
  private Variable observed(Variable in, List<Integer> onLoan) {
    Tensor y = in.tape().workspace().empty(in.shape());
    scratch.backend.elements().copy(in.value(), y);
    return in.tape()
        .record(
            "observed",
            y,
            dy -> {
              in.accumulate(dx -> scratch.backend.elements().addScaled(dy, 1, dx));
              onLoan.add(scratch.pool.lent());
            },
            in);
  }

  /** Batches of 61 to 64 rows share every size class, so two steps allocate all there will be. */
  @Test
  void lengthsOfOneSizeClassSettleAfterTwoSteps() {
    Parameter weight = scratch.parameter(Shape.of(4, 3), new double[12]);
    int baseline = scratch.pool.lent();
    long settled = 0;
    for (int step = 0; step < 20; step++) {
      train(weight, 64 - step % 4);
      assertEquals(baseline, scratch.pool.lent(), "buffers on loan after step " + step);
      if (step == 1) {
        settled = scratch.pool.allocations();
      }
      if (step > 1) {
        assertEquals(settled, scratch.pool.allocations(), "step " + step + " allocated memory");
      }
    }
  }

  @Test
  void anyLengthsSettleOnceSeen() {
    Parameter weight = scratch.parameter(Shape.of(4, 3), new double[12]);
    for (int rows = 1; rows <= 60; rows++) {
      train(weight, rows);
    }
    long settled = scratch.pool.allocations();
    for (int rows = 60; rows >= 1; rows -= 7) {
      train(weight, rows);
    }
    assertEquals(settled, scratch.pool.allocations());
  }

  private void train(Parameter weight, int rows) {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable in = tape.constant(Shape.of(rows, 3), new double[rows * 3]);
      tape.backward(in.matmul(tape.use(weight).reshape(3, 4)).softmax().square().mean());
    }
  }

  @Test
  void printsWhatItHolds() {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable loss = tape.use(x).exp().reshape(1, 3).sum();
      assertEquals(
          """
          recording tape
            EXP[3] 3
            sum[] 1\
          """,
          tape.toString());
      tape.backward(loss);
      assertEquals("recording tape", tape.toString());
    }
  }

  @Test
  void aParameterAndItsGradientHaveOneShape() {
    Tensor value = scratch.workspace.zeros(Shape.of(2, 3));
    Tensor gradient = scratch.workspace.zeros(Shape.of(3, 2));
    assertMessage(
        "weight [2, 3] and its gradient [3, 2] must have the same shape",
        IllegalArgumentException.class,
        () -> new Parameter("weight", value, gradient, false));
  }
}
