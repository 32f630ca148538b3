package org.rlhf4j.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * A decoder on libtorch, op by op as PyTorch runs it without compiling: the arithmetic of ours,
 * with as many heads for keys as for queries. DJL offers libtorch's layer norm, linear layer and
 * GELU (the form with erf); attention, RMSNorm, rotation and SwiGLU are composed. One step is
 * forward, cross-entropy of the next token, backward, clipping by the norm of all gradients, AdamW.
 */
final class TorchDecoder {
  private final DecoderConfig config;
  private final boolean llama;
  private final NDManager manager;
  private final List<NDArray> parameters = new ArrayList<>();
  private final List<NDArray> firstMoments = new ArrayList<>();
  private final List<NDArray> secondMoments = new ArrayList<>();
  private final NDArray mask;
  private final NDArray positions;
  private final NDArray cos;
  private final NDArray sin;
  private int next;
  private int steps;

  /** Begins with the numbers of our parameters, whose order is that of their use. */
  TorchDecoder(Peers peers, DecoderConfig config, List<Parameter> ours, int time) {
    this.config = config;
    llama = config.family() == DecoderConfig.Family.LLAMA;
    manager = peers.torch;
    for (Parameter parameter : ours) {
      Shape shape =
          new Shape(IntStream.of(parameter.value().shape().dims()).asLongStream().toArray());
      NDArray value = manager.create(parameter.value().toFloats(), shape);
      value.setRequiresGradient(true);
      parameters.add(value);
      firstMoments.add(manager.zeros(shape));
      secondMoments.add(manager.zeros(shape));
    }
    float[] hidden = new float[time * time];
    for (int i = 0; i < hidden.length; i++) {
      hidden[i] = i % time <= i / time ? 0 : Float.NEGATIVE_INFINITY;
    }
    mask = manager.create(hidden, new Shape(time, time));
    positions = manager.arange((float) time).toType(DataType.INT64, false).reshape(1, time);
    int headDim = config.headDim();
    NDArray places = manager.arange((float) time).reshape(time, 1);
    NDArray exponents = manager.arange(0f, headDim / 2f, 1f).mul(-2.0 / headDim).reshape(1, -1);
    NDArray angles = places.mul(manager.create((float) config.rotaryBase()).pow(exponents));
    NDArray both = angles.concat(angles, 1).reshape(1, 1, time, headDim);
    cos = both.cos();
    sin = both.sin();
  }

  /**
   * One step of training.
   *
   * @param ids {@code [batch, time]}
   * @param targets {@code [batch time, 1]}
   * @return the loss
   */
  float step(NDArray ids, NDArray targets) {
    try (NDScope scope = new NDScope();
        GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      scope.suppressNotUsedWarning();
      NDArray loss = loss(ids, targets);
      collector.backward(loss);
      update();
      return loss.getFloat();
    }
  }

  private NDArray loss(NDArray ids, NDArray targets) {
    long batch = ids.getShape().get(0);
    long time = ids.getShape().get(1);
    next = 0;
    NDArray table = take();
    NDArray x = embed(ids, table);
    if (!llama) {
      x = x.add(embed(positions, take()));
    }
    x = x.reshape(batch * time, config.width());
    for (int layer = 0; layer < config.layers(); layer++) {
      NDArray h = norm(x);
      NDArray q = rotate(heads(linear(h), batch, time));
      NDArray k = rotate(heads(linear(h), batch, time));
      NDArray v = heads(linear(h), batch, time);
      NDArray scores = q.matMul(k.swapAxes(2, 3)).mul(1 / Math.sqrt(config.headDim())).add(mask);
      NDArray mixed = scores.softmax(-1).matMul(v).swapAxes(1, 2).reshape(x.getShape());
      x = x.add(linear(mixed));
      h = norm(x);
      NDArray inner = linear(h);
      NDArray thought =
          llama ? inner.mul(Activation.sigmoid(inner)).mul(linear(h)) : Activation.gelu(inner);
      x = x.add(linear(thought));
    }
    NDArray logits = norm(x).matMul(table.transpose());
    return logits.logSoftmax(-1).gather(targets, 1).mean().neg();
  }

  private static NDArray embed(NDArray ids, NDArray table) {
    return Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
  }

  private NDArray take() {
    return parameters.get(next++);
  }

  private NDArray linear(NDArray x) {
    return llama
        ? x.matMul(take().transpose())
        : Linear.linear(x, take(), take()).singletonOrThrow();
  }

  private NDArray norm(NDArray x) {
    if (!llama) {
      return LayerNorm.layerNorm(
              x, new Shape(config.width()), take(), take(), (float) config.normEpsilon())
          .singletonOrThrow();
    }
    NDArray mean = x.square().mean(new int[] {-1}, true);
    return x.div(mean.add(config.normEpsilon()).sqrt()).mul(take());
  }

  /** {@return [batch, heads, time, headDim]} */
  private NDArray heads(NDArray x, long batch, long time) {
    return x.reshape(batch, time, config.heads(), config.headDim()).swapAxes(1, 2);
  }

  private NDArray rotate(NDArray x) {
    if (!llama) {
      return x;
    }
    NDList halves = x.split(2, 3);
    NDArray turned = halves.get(1).neg().concat(halves.get(0), 3);
    return x.mul(cos).add(turned.mul(sin));
  }

  private void update() {
    steps++;
    float squares = 0;
    for (NDArray parameter : parameters) {
      squares += parameter.getGradient().square().sum().getFloat();
    }
    float factor = (float) Math.min(1, 1 / Math.sqrt(squares));
    float rate = (float) (1e-3 * Math.sqrt(1 - Math.pow(0.95, steps)) / (1 - Math.pow(0.9, steps)));
    for (int i = 0; i < parameters.size(); i++) {
      NDArray value = parameters.get(i);
      NDArray gradient = value.getGradient();
      value
          .getNDArrayInternal()
          .adamUpdate(
              new NDList(value, gradient, firstMoments.get(i), secondMoments.get(i)),
              new NDList(value),
              1e-3f,
              rate,
              value.getShape().dimension() > 1 ? 0.1f : 0,
              factor,
              -1,
              0.9f,
              0.95f,
              1e-8f,
              false,
              true);
      gradient.subi(gradient);
    }
  }
}
