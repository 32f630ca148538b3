package org.rlhf4j.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.AdvantagesAndReturns;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.RandomKey;

/**
 * A step of PPO or GRPO on libtorch: completions through a cache, scores of reward model and
 * reference, values, updates. What is no tensor (token rewards, advantages) is our code on both
 * sides. Completions all have one length, so nothing is padded or masked; log-probabilities are
 * computed of the completion's columns alone, as PyTorch's trainers do.
 */
final class TorchPolicy {
  private final Peers peers;
  private final PolicyStep step;
  private final TorchDecoder policy;
  private final TorchDecoder reference;
  private final TorchDecoder rewardModel;
  private final List<NDArray> rewardHead;
  private final List<NDArray> valueHead;

  /**
   * @param rewardHead weight and bias
   * @param valueHead likewise; none without a critic
   */
  TorchPolicy(
      Peers peers,
      PolicyStep step,
      TorchDecoder policy,
      TorchDecoder reference,
      TorchDecoder rewardModel,
      List<NDArray> rewardHead,
      List<NDArray> valueHead) {
    this.peers = peers;
    this.step = step;
    this.policy = policy;
    this.reference = reference;
    this.rewardModel = rewardModel;
    this.rewardHead = rewardHead;
    this.valueHead = valueHead;
  }

  /** Prompts with their completions {@code [batch][time]}, and log-probabilities of the latter. */
  record Samples(long[][] tokens, double[][] logprobs) {
    static Samples join(List<Samples> parts) {
      return new Samples(
          parts.stream().flatMap(part -> Arrays.stream(part.tokens)).toArray(long[][]::new),
          parts.stream().flatMap(part -> Arrays.stream(part.logprobs)).toArray(double[][]::new));
    }
  }

  /** Picks the next tokens, {@code [batch, 1]}. */
  @FunctionalInterface
  interface Choice {
    /**
     * Picks a token for each row.
     *
     * @param logprobs {@code [batch, vocab]}
     * @param column of the new tokens
     */
    NDArray next(NDArray logprobs, int column);
  }

  /** {@return draws from the distribution, by a race of exponentials as in torch.multinomial} */
  Choice drawn() {
    return (logprobs, _) -> {
      NDArray race = peers.torch.randomUniform(0, 1, logprobs.getShape()).log().neg();
      return logprobs.exp().div(race).argMax(1).expandDims(1);
    };
  }

  /** {@return a whole step's figures, the means over its updates} */
  Map<String, Double> run(long[][] prompts, RandomKey key) {
    List<Samples> parts = new ArrayList<>();
    for (int[] rows : parts(prompts.length)) {
      parts.add(sample(select(prompts, rows), drawn()));
    }
    return learn(Samples.join(parts), key);
  }

  /** {@return completions of prompts, without gradient} */
  Samples sample(long[][] prompts, Choice choice) {
    int batch = prompts.length;
    int time = step.time();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      TorchCache cache = new TorchCache(peers.torch, policy.config(), batch, time);
      NDList tokens = new NDList();
      NDList chosen = new NDList();
      NDArray ids = peers.torch.create(prompts);
      tokens.add(ids);
      for (int column = step.promptLength(); column < time; column++) {
        NDArray now = ids;
        int at = column;
        NDList drawn =
            Peers.kept(() -> {
              NDArray hidden = policy.hidden(now, cache);
              long columns = hidden.getShape().get(1);
              NDArray last = Slices.of(hidden, 1, columns - 1, columns).squeeze(1);
              NDArray logprobs = policy.logits(last).logSoftmax(-1);
              NDArray next = choice.next(logprobs, at);
              return new NDList(next, logprobs.gather(next, 1));
            });
        ids = drawn.get(0);
        tokens.add(ids);
        chosen.add(drawn.get(1));
      }
      return new Samples(
          rows(NDArrays.concat(tokens, 1).toLongArray(), time),
          doubles(NDArrays.concat(chosen, 1).toFloatArray(), step.newTokens()));
    }
  }

  /** {@return the figures of all updates on these samples} */
  Map<String, Double> learn(Samples samples, RandomKey key) {
    int count = samples.tokens.length;
    boolean[][] mask = new boolean[count][step.newTokens()];
    Arrays.stream(mask).forEach(row -> Arrays.fill(row, true));
    double[][] old = samples.logprobs;
    double[] scores = scores(samples.tokens);
    double[][] held = scored(samples.tokens, ids -> logprobs(reference, ids));
    double[][] values =
        valueHead.isEmpty()
            ? new double[0][]
            : scored(samples.tokens, ids -> values(predicting(policy.hidden(ids))));
    double[][] rewards = step.algorithm().rewards(scores, old, held, mask);
    Episodes episodes = new Episodes(rewards, mask, step.groupSize(), values, new double[0]);
    double[][] advantages = step.algorithm().advantage().advantages(episodes);
    double[][] returns =
        step.algorithm().advantage() instanceof AdvantageEstimator.Critic critic
            ? Arrays.stream(critic.gae().estimate(rewards, values, mask))
                .map(AdvantagesAndReturns::returns)
                .toArray(double[][]::new)
            : new double[0][];
    Batch all = new Batch(samples.tokens, old, held, advantages, values, returns);
    List<NDArray> learned = new ArrayList<>(policy.parameters());
    learned.addAll(valueHead);
    Map<String, Double> means = new LinkedHashMap<>();
    double kl = 0;
    for (int i = 0; i < count; i++) {
      kl += (Rows.sum(old[i], mask[i]) - Rows.sum(held[i], mask[i])) / count;
    }
    means.put("kl", kl);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      TorchAdamW optimizer = new TorchAdamW(peers.torch, learned, 0);
      int updates = step.updates();
      for (int update = 0; update < updates; update++) {
        int perEpoch = updates / step.epochs();
        List<Integer> order = IntStream.range(0, count).boxed().toList();
        int[] rows =
            Order.batches(order, step.batchSize(), key.child("epoch").child(update / perEpoch))
                .get(update % perEpoch)
                .stream()
                .mapToInt(Integer::intValue)
                .toArray();
        update(all.of(rows), optimizer, update)
            .forEach((name, value) -> means.merge(name, value / updates, Double::sum));
      }
    }
    return means;
  }

  /** Everything that an update needs, a row a sample. */
  private record Batch(
      long[][] tokens,
      double[][] old,
      double[][] held,
      double[][] advantages,
      double[][] values,
      double[][] returns) {
    Batch of(int[] rows) {
      return new Batch(
          select(tokens, rows),
          select(old, rows),
          select(held, rows),
          select(advantages, rows),
          values.length == 0 ? values : select(values, rows),
          returns.length == 0 ? returns : select(returns, rows));
    }
  }

  private Map<String, Double> update(Batch batch, TorchAdamW optimizer, int number) {
    Map<String, Double> figures = new LinkedHashMap<>();
    try (NDScope scope = new NDScope();
        GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      scope.suppressNotUsedWarning();
      NDArray ids = peers.torch.create(batch.tokens);
      NDArray hidden = predicting(policy.hidden(ids));
      NDArray logprobs = logprobs(policy, hidden, ids);
      NDArray advantages = floats(batch.advantages);
      NDArray ratio = logprobs.sub(floats(batch.old)).exp();
      float range = (float) PolicyStep.CLIP_RANGE;
      NDArray clipped = ratio.clip(1 - range, 1 + range);
      NDArray policyLoss =
          NDArrays.minimum(ratio.mul(advantages), clipped.mul(advantages)).mean().neg();
      figures.put("policy_loss", (double) policyLoss.getFloat());
      NDArray loss = policyLoss;
      if (step.algorithm().loss().kl() instanceof KlInLoss penalty) {
        NDArray less = floats(batch.held).sub(logprobs);
        NDArray klLoss = less.exp().sub(less).sub(1).mean().mul((float) penalty.coefficient());
        figures.put("kl_loss", (double) klLoss.getFloat());
        loss = loss.add(klLoss);
      }
      if (!valueHead.isEmpty()) {
        NDArray valueLoss = valueLoss(values(hidden), batch);
        figures.put("value/loss", (double) valueLoss.getFloat());
        loss = loss.add(valueLoss.mul((float) PolicyStep.VALUE_COEFFICIENT));
      }
      collector.backward(loss);
      figures.put("grad_norm", optimizer.step(step.learningRate(number)));
    }
    return figures;
  }

  private NDArray valueLoss(NDArray values, Batch batch) {
    NDArray old = floats(batch.values);
    NDArray returns = floats(batch.returns);
    float range = (float) PolicyStep.CLIP_RANGE;
    NDArray clipped = values.sub(old).clip(-range, range).add(old);
    return NDArrays.maximum(values.sub(returns).square(), clipped.sub(returns).square())
        .mean()
        .mul(0.5f);
  }

  /** {@return log-probabilities of completions {@code [batch, newTokens]}} */
  NDArray logprobs(TorchDecoder decoder, NDArray ids) {
    return logprobs(decoder, predicting(decoder.hidden(ids)), ids);
  }

  private NDArray logprobs(TorchDecoder decoder, NDArray predicting, NDArray ids) {
    NDArray labels = Slices.of(ids, 1, step.promptLength(), step.time()).expandDims(2);
    return decoder.logits(predicting).logSoftmax(-1).gather(labels, 2).squeeze(2);
  }

  /** {@return the states that the completion's tokens are predicted from} */
  private NDArray predicting(NDArray hidden) {
    return Slices.of(hidden, 1, step.promptLength() - 1, step.time() - 1);
  }

  private NDArray values(NDArray hidden) {
    return head(hidden, valueHead).squeeze(-1);
  }

  private static NDArray head(NDArray hidden, List<NDArray> head) {
    return Linear.linear(hidden, head.get(0), head.get(1)).singletonOrThrow();
  }

  private double[] scores(long[][] tokens) {
    double[][] scores =
        scored(
            tokens,
            ids -> {
              NDArray hidden = rewardModel.hidden(ids);
              return head(Slices.of(hidden, 1, step.time() - 1, step.time()), rewardHead)
                  .squeeze(-1);
            });
    return Arrays.stream(scores).mapToDouble(row -> row[0]).toArray();
  }

  /** {@return rows of numbers of all samples, some rows at a time, without gradient} */
  private double[][] scored(long[][] tokens, UnaryOperator<NDArray> score) {
    List<double[]> all = new ArrayList<>();
    for (int[] rows : parts(tokens.length)) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray part = score.apply(peers.torch.create(select(tokens, rows)));
        all.addAll(
            Arrays.asList(doubles(part.toFloatArray(), Math.toIntExact(part.getShape().get(1)))));
      }
    }
    return all.toArray(double[][]::new);
  }

  /** Rows of as many as are sampled and scored at once. */
  private List<int[]> parts(int count) {
    return Order.parts(IntStream.range(0, count).boxed().toList(), step.samplingBatchSize())
        .stream()
        .map(part -> part.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  private static <T> T[] select(T[] all, int[] rows) {
    T[] some = Arrays.copyOf(all, rows.length);
    Arrays.setAll(some, i -> all[rows[i]]);
    return some;
  }

  private NDArray floats(double[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
    }
    return peers.torch.create(flat, new Shape(rows.length, rows[0].length));
  }

  private static long[][] rows(long[] flat, int length) {
    long[][] rows = new long[flat.length / length][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * length, (i + 1) * length));
    return rows;
  }

  private static double[][] doubles(float[] flat, int length) {
    double[][] rows = new double[flat.length / length][length];
    for (int i = 0; i < flat.length; i++) {
      rows[i / length][i % length] = flat[i];
    }
    return rows;
  }
}
