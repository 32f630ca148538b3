package org.rlhf4j.rlhf.experiment;

import java.util.List;
import org.rlhf4j.rlhf.distill.Divergence;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.tensor.Check;

/**
 * Sizes and rates of distillation.
 *
 * @param steps of each run
 */
public record DistillationConfig(List<Integer> steps, int batchSize, double learningRate) {
  public DistillationConfig {
    steps = List.copyOf(steps);
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("distillation needs the steps of at least one run");
    }
    steps.forEach(count -> Check.positive("steps", count));
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  KnowledgeDistillation by(
      Divergence divergence, KnowledgeDistillation.Author author, Sampler sampler, int count) {
    return new KnowledgeDistillation(divergence, author, sampler, count, batchSize, learningRate);
  }

  /** {@return imitation of a teacher's completions, in as many steps} */
  TuningConfig imitation(int count) {
    return new TuningConfig(count, batchSize, learningRate);
  }
}
