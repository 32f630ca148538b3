package org.rlhf4j.rlhf.online;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Completions from a thread that samples ahead of the learner. Version v of the weights are those
 * after v iterations; iteration i is sampled from version max(0, i - staleness), as soon as the
 * learner has it. What is sampled follows from the version and the iteration alone, not from when.
 */
final class StaleCompletions implements Completions {
  private final PromptSampling source;
  private final Asynchrony asynchrony;
  private final Pool pool;
  private final ExecutorService thread;
  private final RolloutEngine engine;
  private final Map<Integer, double[][]> versions = new HashMap<>();
  private final Map<Integer, Future<List<Sample>>> ahead = new HashMap<>();

  StaleCompletions(PromptSampling source, Sampler sampler, Asynchrony asynchrony, Decoder policy) {
    this.source = source;
    this.asynchrony = asynchrony;
    this.pool = sampler.pool();
    this.thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().name("rollouts").factory());
    this.engine = new RolloutEngine(sampler, policy, asynchrony.threads());
    publish(0, policy);
  }

  @Override
  public List<Sample> take(int iteration, int round) {
    versions.keySet().removeIf(version -> version < version(iteration));
    Future<List<Sample>> samples = round == 0 ? ahead.remove(iteration) : submit(iteration, round);
    if (samples == null) {
      throw new IllegalStateException("iteration " + iteration + " was not sampled or taken twice");
    }
    try {
      return samples.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("sampling of iteration " + iteration + " failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for completions", e);
    }
  }

  @Override
  public void learned(int iteration, Decoder policy) {
    publish(iteration + 1, policy);
  }

  private int version(int iteration) {
    return Math.max(0, iteration - asynchrony.staleness());
  }

  private void publish(int version, Decoder policy) {
    versions.put(version, weights(policy));
    int last = Math.min(version + asynchrony.staleness(), source.config().iterations() - 1);
    for (int i = version == 0 ? 0 : version + asynchrony.staleness(); i <= last; i++) {
      ahead.put(i, submit(i, 0));
    }
  }

  private Future<List<Sample>> submit(int iteration, int round) {
    int version = version(iteration);
    double[][] weights = Objects.requireNonNull(versions.get(version), "weights are kept");
    return thread.submit(() -> engine.sample(source, version, weights, iteration, round));
  }

  /** {@return a copy; adapters are merged into it} */
  private double[][] weights(Decoder policy) {
    if (!policy.isAdapted()) {
      return values(policy);
    }
    try (Workspace workspace = new Workspace(pool)) {
      return values(policy.merged(workspace));
    }
  }

  private static double[][] values(Decoder policy) {
    return policy.parameters().stream()
        .map(parameter -> parameter.value().toDoubles())
        .toArray(double[][]::new);
  }

  @Override
  public void close() {
    ahead.values().forEach(samples -> samples.cancel(false));
    thread.execute(engine::close);
    thread.close();
  }
}
