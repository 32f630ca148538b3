package org.rlhf4j.rlhf.experiment;

import java.util.List;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Milestones;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * Imitation of solutions until a policy solves some problems, but far from all: a start from which
 * there is something to gain, and alike whatever the seed.
 *
 * @param steps at most
 * @param solved the share of its samples on training problems that must be right; 1 goes through
 *     all steps
 */
public record StartConfig(int steps, int batchSize, double learningRate, double solved) {
  private static final int STEPS_BETWEEN_EXAMS = 10;
  private static final int EXAMINED = 512; // keeps the share's standard error below 0.023

  public StartConfig {
    new FineTuning(steps, batchSize, learningRate);
    Check.range("solved", solved, 0, 1);
  }

  /** Trains a policy. */
  void tune(Decoder policy, Exercise exercise, String stage, Journal journal, RandomKey key) {
    new FineTuning(steps, batchSize, learningRate)
        .train(
            policy,
            exercise.solutions(),
            exercise.sampler().pool(),
            stage,
            journal,
            key,
            step -> step % STEPS_BETWEEN_EXAMS == 0 && share(policy, exercise, key) >= solved,
            Milestones.NONE);
  }

  private static double share(Decoder policy, Exercise exercise, RandomKey key) {
    List<String> prompts = exercise.prompts();
    List<Sample> samples =
        exercise
            .sampler()
            .sample(
                policy, prompts.subList(0, Math.min(EXAMINED, prompts.size())), key.child("share"));
    return Rows.mean(exercise.reward().of(samples));
  }
}
