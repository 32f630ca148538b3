package org.rlhf4j.rlhf.recipe;

import java.util.Arrays;
import java.util.List;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.train.RewardModel;

/** What a policy is optimised for: a number for every sample. */
@FunctionalInterface
interface RolloutReward {
  /** {@return the rewards of samples, in their order} */
  double[] of(List<Sampler.Sample> samples);

  /**
   * {@return the reward model's score, shifted and scaled to mean 0 and variance 1 over the given
   * samples of the reference policy, since a preference says nothing of r + constant}
   */
  static RolloutReward standardised(
      Run run, RewardModel model, List<Sampler.Sample> samplesOfReference) {
    RolloutReward raw =
        samples ->
            model.score(
                Sampler.dialogues(samples), run.pool(), run.config().sampling().batchSize());
    double[] scores = raw.of(samplesOfReference);
    double mean = Rows.mean(scores);
    double variance =
        Arrays.stream(scores).map(score -> (score - mean) * (score - mean)).average().orElse(0);
    double deviation = Math.sqrt(variance) + 1e-6;
    return samples ->
        Arrays.stream(raw.of(samples)).map(score -> (score - mean) / deviation).toArray();
  }
}
