package org.rlhf4j.rlhf.distill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * A student learns the distribution of its teacher, token by token, on completions that are sampled
 * anew for each step: off-policy on the teacher's, on-policy on its own, where it sees the states
 * that its own mistakes lead to.
 *
 * @param divergence that is minimised; forward is usual off-policy, reverse on-policy
 * @param author whose completions are read
 * @param sampler of completions; divergences are at temperature 1 whatever its own is
 * @param batchSize completions of a step
 * @param learningRate at its highest, after a twentieth of the steps
 */
public record KnowledgeDistillation(
    Divergence divergence,
    Author author,
    Sampler sampler,
    int steps,
    int batchSize,
    double learningRate) {
  /** Who writes the completions. */
  public enum Author {
    TEACHER,
    STUDENT
  }

  public KnowledgeDistillation {
    Check.positive("steps", steps);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  /**
   * Trains a student.
   *
   * @param student is changed
   * @param prompts to draw from
   * @param stage under which the journal has the figures of each step
   * @return the number of tokens that were learned from
   */
  public long train(
      Decoder student,
      Decoder teacher,
      List<String> prompts,
      String stage,
      Journal journal,
      RandomKey key) {
    RandomGenerator random = key.child("prompts").generator();
    DistillationObjective objective = new DistillationObjective(student, teacher, divergence);
    long tokens = 0;
    try (Workspace workspace = new Workspace(sampler.pool());
        Progress progress = new Progress(stage, steps)) {
      Trainer trainer =
          new Trainer(
              student.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(learningRate, steps / 20, steps),
              1,
              workspace);
      for (int step = 0; step < steps; step++) {
        List<String> drawn =
            Stream.generate(() -> prompts.get(random.nextInt(prompts.size())))
                .limit(batchSize)
                .toList();
        List<Sample> samples =
            sampler.sample(
                author == Author.TEACHER ? teacher : student,
                drawn,
                key.child("samples").child(step));
        DialogueBatch batch = DialogueBatch.of(Sample.dialogues(samples));
        Map<String, Double> metrics = new LinkedHashMap<>(trainer.step(List.of(batch), objective));
        int learned = objective.totals(batch).tokens();
        metrics.put("tokens", (double) learned);
        tokens += learned;
        journal.log(stage, step, metrics);
        progress.step(batch.tokenCount(), "divergence", metrics.getOrDefault("divergence", 0.0));
      }
    }
    return tokens;
  }
}
