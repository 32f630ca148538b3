package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * Several completions of each prompt, to choose from: for rejection sampling and expert iteration,
 * where the chosen ones are fine-tuned on, and for best-of-n, where they are the answer.
 *
 * @param byPrompt the same number for each prompt
 */
public record Candidates(List<List<Sample>> byPrompt) {
  /** {@return n completions of each prompt} */
  public static Candidates sample(
      Sampler sampler, Decoder policy, List<String> prompts, int n, RandomKey key) {
    List<String> repeated = new ArrayList<>();
    prompts.forEach(prompt -> repeated.addAll(Collections.nCopies(n, prompt)));
    return new Candidates(Order.parts(sampler.sample(policy, repeated, key), n));
  }

  /** {@return the rewards, [prompts][completions]; all are scored together} */
  public double[][] score(Reward reward) {
    double[] scores = reward.of(byPrompt.stream().flatMap(List::stream).toList());
    double[][] rewards = new double[byPrompt.size()][];
    int from = 0;
    for (int i = 0; i < rewards.length; i++) {
      rewards[i] = Arrays.copyOfRange(scores, from, from + byPrompt.get(i).size());
      from += rewards[i].length;
    }
    return rewards;
  }

  /** {@return the completions of a choice, in its order} */
  public List<Sample> chosen(List<RejectionSampling.Choice> choices) {
    return choices.stream()
        .map(choice -> byPrompt.get(choice.prompt()).get(choice.completion()))
        .toList();
  }

  /** {@return the best completion of each prompt: best-of-n} */
  public List<Sample> best(Reward reward) {
    return chosen(RejectionSampling.topPerPrompt(score(reward)));
  }
}
