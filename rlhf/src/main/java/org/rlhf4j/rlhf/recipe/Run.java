package org.rlhf4j.rlhf.recipe;

import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Sampling;

/**
 * What all stages of a run share.
 *
 * @param key random place of the run; a stage takes its own child
 * @param workspace owner of everything that lives as long as the run
 */
public record Run(
    DemoConfig config, Task task, RandomKey key, Workspace workspace, Journal journal) {
  public Pool pool() {
    return workspace.pool();
  }

  /** {@return what samples in every stage} */
  Sampler sampler() {
    DemoConfig.Sampling sampling = config.sampling();
    return new Sampler(
        task.template(),
        Sampling.at(sampling.temperature()),
        task.maxNewTokens(),
        sampling.batchSize(),
        pool());
  }
}
