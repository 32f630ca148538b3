package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.AdvantagesAndReturns;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.transformer.Decoder;

/**
 * Makes rollouts of samples: reference log-probabilities, values, token rewards, advantages.
 *
 * @param critic one head on the policy's body, or none
 */
record Experience(
    PolicyGradient algorithm,
    Sampler sampler,
    Decoder policy,
    Decoder reference,
    List<ScalarHead> critic) {

  /**
   * {@return a rollout a sample}
   *
   * @param baselines reward of the greedy completion of each sample's prompt; none where the
   *     algorithm does not ask
   */
  List<Rollout> of(List<ScoredSample> scored, int groupSize, double[] baselines) {
    List<Dialogue> dialogues = scored.stream().map(s -> s.sample().dialogue()).toList();
    boolean[][] mask = dialogues.stream().map(Dialogue::learned).toArray(boolean[][]::new);
    double[][] old = scored.stream().map(s -> s.sample().logprobs()).toArray(double[][]::new);
    double[][] held =
        Likelihoods.ofCompletions(
                reference,
                dialogues,
                sampler.sampling().temperature(),
                sampler.pool(),
                sampler.batchSize())
            .toArray(double[][]::new);
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

  /** {@return the critic's value of the state before each token of the completions} */
  private double[][] values(List<Dialogue> dialogues) {
    List<double[]> values = new ArrayList<>();
    for (ScalarHead head : critic) {
      for (List<Dialogue> part : Order.parts(dialogues, sampler.batchSize())) {
        DialogueBatch batch = DialogueBatch.of(part);
        int time = batch.ids()[0].length;
        try (Tape tape = Tape.noGrad(sampler.pool())) {
          double[] flat =
              head.apply(policy.hidden(tape, batch.tokens(), Mode.EVALUATION)).value().toDoubles();
          for (int i = 0; i < part.size(); i++) {
            int first = i * time + part.get(i).prompt().length - 1;
            values.add(Arrays.copyOfRange(flat, first, first + part.get(i).completion().length));
          }
        }
      }
    }
    return values.toArray(double[][]::new);
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
