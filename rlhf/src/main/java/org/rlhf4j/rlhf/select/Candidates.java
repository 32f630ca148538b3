package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.LengthSorted;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;

/**
 * Several completions of each prompt, to choose from: for rejection sampling and expert iteration,
 * where the chosen ones are fine-tuned on, and for best-of-n, where they are the answer.
 *
 * @param byPrompt the same number for each prompt
 */
public record Candidates(List<List<Candidate>> byPrompt) {
  /**
   * One completion.
   *
   * @param finished whether the policy ended it itself
   */
  public record Candidate(Dialogue dialogue, boolean finished) {}

  /**
   * {@return n completions of each prompt} Completion j of prompt i draws from child j of child i
   * of the key, whatever the size of the batches.
   */
  public static Candidates sample(
      Generator generator,
      List<int[]> prompts,
      int n,
      GenerationConfig config,
      int batchSize,
      RandomKey key) {
    List<Generator.Prompt> all = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      for (int j = 0; j < n; j++) {
        all.add(new Generator.Prompt(prompts.get(i), key.child(i).child(j)));
      }
    }
    List<Candidate> flat = new ArrayList<>();
    for (int from = 0; from < all.size(); from += batchSize) {
      List<Generator.Prompt> batch = all.subList(from, Math.min(all.size(), from + batchSize));
      List<Completion> completions = generator.generate(batch, config, (_, _) -> {});
      for (int i = 0; i < batch.size(); i++) {
        flat.add(
            new Candidate(
                Dialogue.of(batch.get(i).tokens(), completions.get(i)),
                completions.get(i).stopped()));
      }
    }
    List<List<Candidate>> byPrompt = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      byPrompt.add(List.copyOf(flat.subList(i * n, (i + 1) * n)));
    }
    return new Candidates(byPrompt);
  }

  /**
   * {@return the rewards, [prompts][completions]}
   *
   * @param reward of a batch of completions of similar length; any will do
   */
  public double[][] score(Function<List<Candidate>, double[]> reward, int batchSize) {
    List<Candidate> flat = byPrompt.stream().flatMap(List::stream).toList();
    double[] scores =
        LengthSorted.score(flat, candidate -> candidate.dialogue().length(), batchSize, reward);
    double[][] rewards = new double[byPrompt.size()][];
    int from = 0;
    for (int i = 0; i < rewards.length; i++) {
      rewards[i] = Arrays.copyOfRange(scores, from, from + byPrompt.get(i).size());
      from += rewards[i].length;
    }
    return rewards;
  }

  /** {@return the completions of a choice, in its order} */
  public List<Candidate> chosen(List<RejectionSampling.Choice> choices) {
    return choices.stream()
        .map(choice -> byPrompt.get(choice.prompt()).get(choice.completion()))
        .toList();
  }

  /** {@return the best completion of each prompt: best-of-n} */
  public List<Candidate> best(Function<List<Candidate>, double[]> reward, int batchSize) {
    return chosen(RejectionSampling.topPerPrompt(score(reward, batchSize)));
  }
}
