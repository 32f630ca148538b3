package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.op.CausalAttention;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.autograd.op.Dropout;
import org.rlhf4j.autograd.op.Embedding;
import org.rlhf4j.autograd.op.LayerNorm;
import org.rlhf4j.autograd.op.Linear;
import org.rlhf4j.autograd.op.MatrixProduct;
import org.rlhf4j.autograd.op.RmsNorm;
import org.rlhf4j.autograd.op.Rotary;
import org.rlhf4j.autograd.op.Sum;
import org.rlhf4j.autograd.op.SwiGlu;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** What each op refuses, and the sentence it says. */
class DoorTest {
  private final Scratch scratch = new Scratch();

  @AfterEach
  void close() {
    scratch.close();
  }

  private void refuses(String message, Consumer<Tape> use) {
    try (Tape tape = Tape.noGrad(scratch.pool)) {
      assertEquals(
          message,
          assertThrows(IllegalArgumentException.class, () -> use.accept(tape)).getMessage());
    }
  }

  private static Variable zeros(Tape tape, int... dims) {
    return tape.constant(tape.workspace().zeros(Shape.of(dims)));
  }

  @Test
  void elementwise() {
    refuses(
        "shapes [8] and [8, 1] have different ranks; reshape one of them",
        tape -> zeros(tape, 8).add(zeros(tape, 8, 1)));
    refuses(
        "shapes [2, 3] and [2, 4] do not broadcast: axis 1 is 3 and 4; lengths must be equal or 1",
        tape -> zeros(tape, 2, 3).mul(zeros(tape, 2, 4)));
    refuses(
        "x [2, 3] and mask [3, 2] must have the same shape",
        tape -> zeros(tape, 2, 3).masked(zeros(tape, 3, 2).value(), 0));
    refuses(
        "gate [2] and up [3] must have the same shape",
        tape -> SwiGlu.of(zeros(tape, 2), zeros(tape, 3)));
    refuses(
        "dropout rate must be in [0, 1), got 1.0",
        tape -> Dropout.of(zeros(tape, 2), new RandomKey(1), 1));
  }

  @Test
  void shapes() {
    refuses(
        "cannot sum [2, 3] to [2, 2]; every axis must stay or become 1",
        tape -> Sum.of(zeros(tape, 2, 3), Shape.of(2, 2)));
    refuses(
        "cannot sum [1, 3] to [2, 3]; every axis must stay or become 1",
        tape -> Sum.of(zeros(tape, 1, 3), Shape.of(2, 3)));
    refuses("axis 2 does not exist in shape [2, 3] of rank 2", tape -> zeros(tape, 2, 3).sum(2));
    refuses(
        "cannot reshape [2, 3] of 6 elements to [4] of 4", tape -> zeros(tape, 2, 3).reshape(4));
    refuses(
        "slice [1, 4) does not lie within axis 1 of [2, 3]",
        tape -> zeros(tape, 2, 3).slice(1, 1, 4));
    refuses(
        "slice [-1, 1) does not lie within axis 1 of [2, 3]",
        tape -> zeros(tape, 2, 3).slice(1, -1, 1));
    refuses("concat needs at least one part", _ -> Variable.concat(0, List.of()));
    refuses(
        "concat along axis 0 needs parts that agree in all other axes, got [2, 3] and [5, 4]",
        tape -> Variable.concat(0, List.of(zeros(tape, 2, 3), zeros(tape, 5, 4))));
  }

  @Test
  void products() {
    refuses(
        "matmul needs two shapes of equal rank 2 or more, got [2, 3] and [3]",
        tape -> zeros(tape, 2, 3).matmul(zeros(tape, 3)));
    refuses(
        "matmul of [2, 3] with [4, 5] does not fit: the second must be [3, 5]",
        tape -> zeros(tape, 2, 3).matmul(zeros(tape, 4, 5)));
    refuses(
        "matmul of [2, 3]^T with [4, 5]^T does not fit: the second must be [4, 2]",
        tape -> MatrixProduct.of(zeros(tape, 2, 3), true, zeros(tape, 4, 5), true));
    refuses(
        "matmul of [7, 2, 3] with [6, 3, 5] does not fit: the second must be [7, 3, 5]",
        tape -> zeros(tape, 7, 2, 3).matmul(zeros(tape, 6, 3, 5)));
    refuses(
        "weight has shape [4, 5] but must have shape [4, 3]",
        tape -> Linear.of(zeros(tape, 2, 3), zeros(tape, 4, 5)));
    refuses(
        "bias has shape [3] but must have shape [4]",
        tape -> Linear.of(zeros(tape, 2, 3), zeros(tape, 4, 3), zeros(tape, 3)));
    refuses(
        "weight [3] has rank 1 but must have rank 2",
        tape -> Linear.of(zeros(tape, 2, 3), zeros(tape, 3)));
  }

  @Test
  void rows() {
    refuses(
        "ids has 3 entries but the rows of logits [2, 5] has 2; they must be equal",
        tape -> zeros(tape, 2, 5).tokenLogprobs(new int[3]));
    refuses(
        "ids[1] is 5 but must be in [0, 5)",
        tape -> zeros(tape, 2, 5).tokenLogprobs(new int[] {0, 5}));
    refuses(
        "every id is ignored; cross-entropy needs at least one token to predict",
        tape -> CrossEntropy.of(zeros(tape, 2, 5), new int[] {-1, -1}));
    refuses(
        "ids[0] is -1 but must be in [0, 2)",
        tape -> Embedding.of(zeros(tape, 2, 5), new int[] {-1}));
    refuses("a scalar has no last axis to drop", tape -> tape.scalar(1).logSumExp());
  }

  @Test
  void norms() {
    refuses(
        "weight has shape [4] but must have shape [3]",
        tape -> RmsNorm.of(zeros(tape, 2, 3), zeros(tape, 4), 1e-5));
    refuses(
        "bias has shape [4] but must have shape [3]",
        tape -> LayerNorm.of(zeros(tape, 2, 3), zeros(tape, 3), zeros(tape, 4), 1e-5));
  }

  @Test
  void attention() {
    Positions positions = Positions.unpadded(2);
    refuses(
        "k [2, 3, 1, 4] and v [2, 3, 1, 5] must have the same shape",
        tape ->
            CausalAttention.of(
                zeros(tape, 2, 3, 2, 4),
                zeros(tape, 2, 3, 1, 4),
                zeros(tape, 2, 3, 1, 5),
                positions));
    refuses(
        "q [2, 3, 3, 4] and k [2, 3, 2, 4] must agree in batch and headDim, and q's heads must be"
            + " a multiple of k's",
        tape ->
            CausalAttention.of(
                zeros(tape, 2, 3, 3, 4),
                zeros(tape, 2, 3, 2, 4),
                zeros(tape, 2, 3, 2, 4),
                positions));
    refuses(
        "queries reach column 8 but k [2, 7, 1, 4] has only 7 columns",
        tape ->
            CausalAttention.of(
                zeros(tape, 2, 3, 1, 4),
                zeros(tape, 2, 7, 1, 4),
                zeros(tape, 2, 7, 1, 4),
                new Positions(new int[2], 5)));
    refuses(
        "start has 2 entries but the batch of q [1, 3, 1, 4] has 1; they must be equal",
        tape ->
            CausalAttention.of(
                zeros(tape, 1, 3, 1, 4),
                zeros(tape, 1, 3, 1, 4),
                zeros(tape, 1, 3, 1, 4),
                positions));
    refuses(
        "x [2, 3, 1, 5] must have an even headDim to rotate",
        tape -> Rotary.of(zeros(tape, 2, 3, 1, 5), positions, 1e4, RotaryLayout.HALVES));
    refuses("start[1] must be 0 or more, got -3", _ -> new Positions(new int[] {0, -3}, 0));
    refuses("offset must be 0 or more, got -1", _ -> new Positions(new int[0], -1));
  }
}
