package org.rlhf4j.rlhf.recipe;

import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

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
}
