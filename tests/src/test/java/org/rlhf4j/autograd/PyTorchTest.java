package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import ai.djl.training.optimizer.AdamW;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.rlhf4j.autograd.op.CausalAttention;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.autograd.op.Embedding;
import org.rlhf4j.autograd.op.LayerNorm;
import org.rlhf4j.autograd.op.Linear;
import org.rlhf4j.autograd.op.MatrixProduct;
import org.rlhf4j.autograd.op.RmsNorm;
import org.rlhf4j.autograd.op.SwiGlu;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;
import org.rlhf4j.tensor.kernel.Positions;

/** Values and gradients against PyTorch in double precision, called through DJL. */
@EnabledOnOs(
    value = OS.LINUX,
    architectures = "amd64",
    disabledReason = "PyTorch's native library is on the class path for Linux on x86-64 only")
class PyTorchTest {
  /** Both sides round a few hundred operations of order 1 differently. */
  private static final double TOLERANCE = 1e-12;

  private Scratch scratch;
  private NDManager torch;

  @BeforeEach
  void open() {
    scratch = new Scratch();
    torch = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    torch.close();
    scratch.close();
  }

  private double[] random(String name, long... dims) {
    int size = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    return new RandomKey(7).child(name).generator().doubles(size, -3, 3).toArray();
  }

  private NDArray array(double[] values, long... dims) {
    return torch.create(values, new Shape(dims));
  }

  private static org.rlhf4j.tensor.Shape ours(long... dims) {
    return org.rlhf4j.tensor.Shape.of(Arrays.stream(dims).mapToInt(Math::toIntExact).toArray());
  }

  /**
   * Compares f and g at random inputs of these shapes: every value, and the gradients of the sum of
   * squares.
   */
  private void agree(
      Function<List<Variable>, Variable> f, Function<NDList, NDArray> g, long[]... shapes) {
    List<Parameter> parameters = new ArrayList<>();
    NDList arrays = new NDList();
    for (long[] dims : shapes) {
      double[] x = random("input" + arrays.size(), dims);
      parameters.add(scratch.parameter(ours(dims), x));
      NDArray array = array(x, dims);
      array.setRequiresGradient(true);
      arrays.add(array);
    }
    double[] expected;
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDArray y = g.apply(arrays);
      expected = y.toDoubleArray();
      collector.backward(y.square().sum());
    }
    try (Tape tape = Tape.recording(scratch.pool)) {
      Variable y = f.apply(parameters.stream().map(tape::use).toList());
      assertArrayEquals(expected, y.value().toDoubles(), TOLERANCE);
      tape.backward(y.square().sum());
    }
    for (int i = 0; i < shapes.length; i++) {
      assertArrayEquals(
          arrays.get(i).getGradient().toDoubleArray(),
          parameters.get(i).gradient().toDoubles(),
          1e2 * TOLERANCE,
          "gradient of input " + i);
    }
  }

  private static long[] of(long... dims) {
    return dims;
  }

  @Test
  void softmaxFamily() {
    agree(x -> x.getFirst().softmax(), x -> x.get(0).softmax(-1), of(3, 5, 7));
    agree(x -> x.getFirst().logSoftmax(), x -> x.get(0).logSoftmax(-1), of(3, 5, 7));
    agree(
        x -> x.getFirst().logSumExp(), x -> x.get(0).exp().sum(new int[] {-1}).log(), of(3, 5, 7));
    agree(
        x -> x.getFirst().entropy(),
        x -> x.get(0).softmax(-1).mul(x.get(0).logSoftmax(-1)).sum(new int[] {-1}).neg(),
        of(3, 5, 7));
  }

  @Test
  void crossEntropyAndTokenLogprobs() {
    int[] ids = {0, 6, 3, 3};
    NDArray labels = torch.create(ids).toType(DataType.INT64, false);
    agree(
        x -> CrossEntropy.of(x.getFirst(), ids),
        x -> new SoftmaxCrossEntropyLoss("loss", 1, -1, true, true).evaluate(new NDList(labels), x),
        of(4, 7));
    agree(
        x -> x.getFirst().tokenLogprobs(ids),
        x -> x.get(0).logSoftmax(-1).gather(labels.expandDims(1), 1).squeeze(1),
        of(4, 7));
  }

  @Test
  void norms() {
    agree(
        x -> LayerNorm.of(x.get(0), x.get(1), x.get(2), 1e-5f),
        x ->
            x.get(0)
                .getNDArrayInternal()
                .layerNorm(x.get(0), new Shape(7), x.get(1), x.get(2), 1e-5f)
                .singletonOrThrow(),
        of(3, 5, 7),
        of(7),
        of(7));
    agree(
        x -> RmsNorm.of(x.get(0), x.get(1), 1e-5),
        x ->
            x.get(0)
                .div(x.get(0).square().mean(new int[] {-1}, true).add(1e-5).sqrt())
                .mul(x.get(1)),
        of(3, 5, 7),
        of(7));
  }

  /** PyTorch's {@code gelu(approximate="tanh")} is not in DJL's interface, its parts are. */
  @Test
  void activations() {
    agree(
        x -> x.getFirst().gelu(),
        x ->
            x.get(0)
                .pow(3)
                .mul(0.044715)
                .add(x.get(0))
                .mul(Math.sqrt(2 / Math.PI))
                .tanh()
                .add(1)
                .mul(x.get(0))
                .mul(0.5),
        of(50));
    agree(x -> x.getFirst().silu(), x -> Activation.swish(x.get(0), 1), of(50));
    agree(
        x -> SwiGlu.of(x.get(0), x.get(1)),
        x -> Activation.swish(x.get(0), 1).mul(x.get(1)),
        of(50),
        of(50));
  }

  @Test
  void products() {
    agree(
        x -> Linear.of(x.get(0), x.get(1), x.get(2)),
        x -> x.get(0).matMul(x.get(1).transpose()).add(x.get(2)),
        of(2, 3, 4),
        of(5, 4),
        of(5));
    agree(
        x -> MatrixProduct.of(x.get(0), true, x.get(1), true),
        x -> x.get(0).transpose(0, 2, 1).matMul(x.get(1).transpose(0, 2, 1)),
        of(2, 4, 3),
        of(2, 5, 4));
    agree(
        x -> MatrixProduct.of(x.get(0), false, x.get(1), true),
        x -> x.get(0).matMul(x.get(1).transpose(0, 2, 1)),
        of(2, 3, 4),
        of(2, 5, 4));
    agree(
        x -> MatrixProduct.of(x.get(0), true, x.get(1), false),
        x -> x.get(0).transpose(0, 2, 1).matMul(x.get(1)),
        of(2, 4, 3),
        of(2, 4, 5));
  }

  @Test
  void embedding() {
    int[] ids = {2, 0, 2, 1};
    NDArray index = torch.create(ids).toType(DataType.INT64, false);
    agree(x -> Embedding.of(x.getFirst(), ids), x -> x.get(0).get(index), of(3, 5));
  }

  /** Four query heads on two key-value heads, a cached column in front: offset 1. */
  @Test
  void groupedQueryAttention() {
    int time = 4;
    int keyTime = 5;
    double[] visible = new double[time * keyTime];
    for (int t = 0; t < time; t++) {
      for (int s = 0; s < keyTime; s++) {
        visible[t * keyTime + s] = s <= t + 1 ? 0 : -1e9;
      }
    }
    NDArray mask = array(visible, time, keyTime);
    agree(
        x -> CausalAttention.of(x.get(0), x.get(1), x.get(2), new Positions(new int[] {0, 0}, 1)),
        x -> {
          NDArray q = x.get(0).transpose(0, 2, 1, 3);
          NDArray k = x.get(1).transpose(0, 2, 1, 3).repeat(1, 2);
          NDArray v = x.get(2).transpose(0, 2, 1, 3).repeat(1, 2);
          NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)).div(Math.sqrt(6)).add(mask);
          return scores.softmax(-1).matMul(v).transpose(0, 2, 1, 3);
        },
        of(2, time, 4, 6),
        of(2, keyTime, 2, 6),
        of(2, keyTime, 2, 6));
  }

  /**
   * Six steps. DJL holds the numbers of the step in floats, and adds epsilon before the correction
   * of the second moment instead of after: together some 1e-7 of a step of 0.01.
   */
  @Test
  void adamW() {
    double[] start = random("start", 9);
    Tensor value = scratch.workspace.of(ours(9), start);
    Tensor first = scratch.workspace.zeros(ours(9));
    Tensor second = scratch.workspace.zeros(ours(9));
    Tensor one = scratch.workspace.full(ours(1), 1);
    NDArray weight = array(start, 9);
    AdamW peer =
        AdamW.builder()
            .optLearningRateTracker(Tracker.fixed(0.01f))
            .optBeta1(0.9f)
            .optBeta2(0.95f)
            .optEpsilon(1e-8f)
            .optWeightDecays(0.1f)
            .build();
    for (int step = 1; step <= 6; step++) {
      double[] gradient = random("gradient" + step, 9);
      peer.update("weight", weight, array(gradient, 9));
      scratch
          .backend
          .optimizers()
          .adamW(
              value,
              scratch.workspace.of(ours(9), gradient),
              one,
              first,
              second,
              new AdamWStep(0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, step));
      assertArrayEquals(weight.toDoubleArray(), value.toDoubles(), step * 5e-9, "step " + step);
    }
  }

  @Test
  void gradientNormAndItsClipping() {
    double[] gradient = random("gradient", 20);
    double norm = array(gradient, 20).norm().toDoubleArray()[0];
    OptimizerKernels kernels = scratch.backend.optimizers();
    Tensor total = scratch.workspace.zeros(ours(1));
    Tensor factor = scratch.workspace.zeros(ours(1));
    kernels.addSumOfSquares(scratch.workspace.of(ours(20), gradient), total);
    assertEquals(norm * norm, total.item(), TOLERANCE * norm * norm);
    kernels.clipFactor(total, 1, factor);
    assertEquals(1 / norm, factor.item(), TOLERANCE);
    kernels.clipFactor(total, 2 * norm, factor);
    assertEquals(1, factor.item());
  }
}
