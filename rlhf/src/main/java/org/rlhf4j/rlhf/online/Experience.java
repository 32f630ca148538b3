package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.AdvantagesAndReturns;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;

/**
 * Makes rollouts of samples: reference log-probabilities, values, token rewards, advantages.
 *
 * @param critic one or none
 * @param correction of samples of older weights; none takes the policy that sampled for the policy
 *     that learns
 */
record Experience(
    PolicyGradient algorithm,
    Sampler sampler,
    Decoder policy,
    Decoder reference,
    List<Critic> critic,
    List<OffPolicyCorrection> correction) {

  /**
   * {@return a rollout a sample}
   *
   * @param baselines reward of the greedy completion of each sample's prompt; none where the
   *     algorithm does not ask
   */
  List<Rollout> of(List<ScoredSample> scored, int groupSize, double[] baselines) {
    List<Dialogue> dialogues = scored.stream().map(s -> s.sample().dialogue()).toList();
    boolean[][] mask = dialogues.stream().map(Dialogue::learned).toArray(boolean[][]::new);
    double[][] sampled = scored.stream().map(s -> s.sample().logprobs()).toArray(double[][]::new);
    double[][] old = correction.isEmpty() ? sampled : logprobs(policy, dialogues);
    double[][] held = logprobs(reference, dialogues);
    double[][] rewards = algorithm.rewards(ScoredSample.rewards(scored), old, held, mask);
    double[][] values = values(dialogues);
    double[][] returns = new double[values.length][];
    Episodes episodes = new Episodes(rewards, mask, groupSize, values, baselines);
    if (algorithm.advantage() instanceof AdvantageEstimator.Critic estimator) {
      returns =
          Arrays.stream(estimator.gae().estimate(rewards, values, mask))
              .map(AdvantagesAndReturns::returns)
              .toArray(double[][]::new);
    }
    double[][] advantages = algorithm.advantage().advantages(episodes);
    for (OffPolicyCorrection weighted : correction) {
      double[][] weights = weighted.weights(old, sampled, mask);
      for (int i = 0; i < mask.length; i++) {
        for (int t = 0; t < mask[i].length; t++) {
          advantages[i][t] *= weights[i][t];
        }
      }
    }
    List<Rollout> rollouts = new ArrayList<>();
    for (int i = 0; i < mask.length; i++) {
      rollouts.add(
          new Rollout(
              dialogues.get(i),
              old[i],
              held[i],
              values.length == 0 ? new double[0] : values[i],
              advantages[i],
              returns.length == 0 ? new double[0] : returns[i]));
    }
    return rollouts;
  }

  private double[][] logprobs(Decoder model, List<Dialogue> dialogues) {
    return Likelihoods.ofCompletions(
            model, dialogues, sampler.sampling().temperature(), sampler.pool(), sampler.batchSize())
        .toArray(double[][]::new);
  }

  /** {@return the critic's value of the state before each token of the completions} */
  private double[][] values(List<Dialogue> dialogues) {
    List<double[]> values = new ArrayList<>();
    for (Critic head : critic) {
      for (List<Dialogue> part : Order.parts(dialogues, sampler.batchSize())) {
        DialogueBatch batch = DialogueBatch.of(part);
        int shortest = part.stream().mapToInt(d -> d.prompt().length).min().orElseThrow();
        Columns columns = new Columns(shortest - 1, batch.ids()[0].length - 1);
        try (Tape tape = Tape.noGrad(sampler.pool())) {
          double[] flat = head.values(tape, batch.tokens(), columns).value().toDoubles();
          for (int i = 0; i < part.size(); i++) {
            int first = i * columns.count() + part.get(i).prompt().length - shortest;
            values.add(Arrays.copyOfRange(flat, first, first + part.get(i).completion().length));
          }
        }
      }
    }
    return values.toArray(double[][]::new);
  }

  /**
   * {@return mean over samples of log sampler - log old of the whole completion, in nats: an
   * estimate of the KL from the weights that sampled to those that learn}
   */
  static double staleness(List<ScoredSample> scored, List<Rollout> rollouts) {
    double sum = 0;
    for (int i = 0; i < rollouts.size(); i++) {
      Sample sample = scored.get(i).sample();
      sum +=
          Rows.sum(sample.logprobs(), sample.dialogue().learned())
              - Rows.sum(rollouts.get(i).old(), sample.dialogue().learned());
    }
    return sum / rollouts.size();
  }

  /** {@return mean over rollouts of log pi - log reference of the whole completion, in nats} */
  static double kl(List<Rollout> rollouts) {
    return rollouts.stream()
        .mapToDouble(rollout ->
            Rows.sum(rollout.old(), rollout.dialogue().learned())
                - Rows.sum(rollout.reference(), rollout.dialogue().learned()))
        .average()
        .orElse(0);
  }
}
