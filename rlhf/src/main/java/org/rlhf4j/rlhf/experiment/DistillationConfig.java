package org.rlhf4j.rlhf.experiment;

import org.rlhf4j.rlhf.distill.Divergence;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.tensor.Check;

/** Sizes and rates of distillation. */
public record DistillationConfig(int steps, int batchSize, double learningRate) {
  public DistillationConfig {
    Check.positive("steps", steps);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  KnowledgeDistillation by(
      Divergence divergence, KnowledgeDistillation.Author author, Sampler sampler) {
    return new KnowledgeDistillation(divergence, author, sampler, steps, batchSize, learningRate);
  }
}
