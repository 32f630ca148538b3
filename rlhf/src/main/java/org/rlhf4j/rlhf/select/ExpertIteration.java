package org.rlhf4j.rlhf.select;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * A policy imitates the chosen of its own completions. One round is rejection sampling; repeated,
 * each round with completions of the policy that the last one left, it is expert iteration (arXiv
 * 1705.08439).
 *
 * @param completions of each prompt to choose from
 * @param leastReward prompts none of whose completions gets it are passed over; -infinity keeps all
 */
public record ExpertIteration(
    Sampler sampler,
    Reward reward,
    int completions,
    double leastReward,
    Selection selection,
    FineTuning tuning) {
  public ExpertIteration {
    Check.positive("completions", completions);
  }

  /**
   * Trains a policy once.
   *
   * @param policy is changed
   * @param stage under which the journal has the figures of each step, and under {@code stage
   *     selection} how many completions were chosen and what they and all others got
   * @throws IllegalStateException if no completion gets the least reward
   */
  public void round(
      Decoder policy, List<String> prompts, String stage, Journal journal, RandomKey key) {
    Candidates all =
        Candidates.sample(sampler, policy, prompts, completions, key.child("candidates"));
    double[][] rewards = all.score(reward);
    int[] kept =
        IntStream.range(0, rewards.length)
            .filter(i -> rewards[i][RejectionSampling.best(rewards[i])] >= leastReward)
            .toArray();
    if (kept.length == 0) {
      throw new IllegalStateException(
          "none of %d prompts has a completion of reward %s; lower it or sample more"
              .formatted(rewards.length, leastReward));
    }
    Candidates candidates =
        new Candidates(IntStream.of(kept).mapToObj(all.byPrompt()::get).toList());
    double[][] scores = IntStream.of(kept).mapToObj(i -> rewards[i]).toArray(double[][]::new);
    List<RejectionSampling.Choice> choices =
        selection.choose(scores, key.child("selection").generator());
    journal.log(
        stage + " selection",
        0,
        Map.of(
            "count", (double) choices.size(),
            "reward/all", Arrays.stream(rewards).mapToDouble(Rows::mean).average().orElseThrow(),
            "reward/chosen", mean(choices, scores)));
    tuning.train(
        policy,
        Sample.dialogues(candidates.chosen(choices)),
        sampler.pool(),
        stage,
        journal,
        key.child("tuning"));
  }

  private static double mean(List<RejectionSampling.Choice> choices, double[][] rewards) {
    return choices.stream()
        .mapToDouble(choice -> rewards[choice.prompt()][choice.completion()])
        .average()
        .orElseThrow();
  }
}
