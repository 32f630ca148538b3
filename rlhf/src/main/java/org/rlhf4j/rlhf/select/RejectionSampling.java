package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.rlhf.Equation;

/**
 * Which of the M x N scored completions to fine-tune on: rewards[i][j] is the score of completion j
 * of prompt i. Of equal rewards the earlier completion is taken. Two random selections of the same
 * size are the controls: what they gain is not the reward model's doing.
 */
public final class RejectionSampling {
  private RejectionSampling() {}

  /** A completion, by its prompt and its place among the prompt's completions, both from 0. */
  public record Choice(int prompt, int completion) {}

  /** {@return argmax_j r_j, from 0} */
  @Equation({"selection_function", "rewards_vector"})
  public static int best(double... rewards) {
    if (rewards.length == 0) {
      throw new IllegalArgumentException("there is no best of no completions");
    }
    int best = 0;
    for (int j = 0; j < rewards.length; j++) {
      if (Double.isNaN(rewards[j])) {
        throw new IllegalArgumentException("reward " + j + " is NaN");
      }
      best = rewards[j] > rewards[best] ? j : best;
    }
    return best;
  }

  /** {@return the best completion of each prompt, prompts in order} */
  public static List<Choice> topPerPrompt(double[][] rewards) {
    List<Choice> chosen = new ArrayList<>();
    for (int i = 0; i < rewards.length; i++) {
      chosen.add(new Choice(i, best(rewards[i])));
    }
    return chosen;
  }

  /** {@return the k best completions of all, best first; a prompt may give several or none} */
  public static List<Choice> topOverall(double[][] rewards, int k) {
    List<Choice> all = all(rewards);
    requireCount(k, all.size());
    for (Choice choice : all) {
      if (Double.isNaN(rewards[choice.prompt()][choice.completion()])) {
        throw new IllegalArgumentException("the reward of " + choice + " is NaN");
      }
    }
    all.sort(Comparator.comparingDouble(choice -> -rewards[choice.prompt()][choice.completion()]));
    return List.copyOf(all.subList(0, k));
  }

  /** {@return one completion of each prompt, drawn uniformly: the control of topPerPrompt} */
  public static List<Choice> randomPerPrompt(double[][] rewards, RandomGenerator random) {
    List<Choice> chosen = new ArrayList<>();
    for (int i = 0; i < rewards.length; i++) {
      chosen.add(new Choice(i, random.nextInt(rewards[i].length)));
    }
    return chosen;
  }

  /** {@return k different completions of all, drawn uniformly: the control of topOverall} */
  public static List<Choice> randomOverall(double[][] rewards, int k, RandomGenerator random) {
    List<Choice> all = all(rewards);
    requireCount(k, all.size());
    for (int i = 0; i < k; i++) {
      int j = random.nextInt(i, all.size());
      Choice drawn = all.get(j);
      all.set(j, all.get(i));
      all.set(i, drawn);
    }
    return List.copyOf(all.subList(0, k));
  }

  private static List<Choice> all(double[][] rewards) {
    List<Choice> all = new ArrayList<>();
    for (int i = 0; i < rewards.length; i++) {
      for (int j = 0; j < rewards[i].length; j++) {
        all.add(new Choice(i, j));
      }
    }
    return all;
  }

  private static void requireCount(int k, int available) {
    if (k < 0 || k > available) {
      throw new IllegalArgumentException(
          "k must be in 0.." + available + ", the number of completions, got " + k);
    }
  }
}
