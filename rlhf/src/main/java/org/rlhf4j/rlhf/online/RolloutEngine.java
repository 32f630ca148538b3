package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * A copy of a policy on a backend of its own, where another thread can sample from it: a backend
 * and a pool belong to one thread at a time.
 */
final class RolloutEngine implements AutoCloseable {
  private static final int NONE = -1;

  private final Sampler sampler;
  private final Decoder model;
  private final Backend backend;
  private final Pool pool;
  private final Workspace workspace;
  private int version = NONE;

  RolloutEngine(Sampler sampler, Decoder model, int threads) {
    backend = Backends.open(sampler.pool().backend().name(), threads);
    pool = new Pool(backend);
    workspace = new Workspace(pool);
    this.sampler = sampler.on(pool);
    this.model = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), model.config());
  }

  /** {@return completions of the policy with these weights} */
  List<Sample> sample(
      PromptSampling source, int wanted, double[][] weights, int iteration, int round) {
    if (version != wanted) {
      List<Parameter> parameters = model.parameters();
      for (int i = 0; i < weights.length; i++) {
        parameters.get(i).value().set(weights[i]);
      }
      version = wanted;
    }
    return source.sample(sampler, model, iteration, round);
  }

  @Override
  public void close() {
    workspace.close();
    pool.close();
    backend.close();
  }
}
