package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Decoder;

/**
 * Every completion that a policy can give to a prompt, with its probability: expectations over
 * completions are then exact sums. For small vocabularies and short completions only.
 *
 * @param probabilities pi(y | prompt), summing to 1, [completions]
 */
public record CompletionLaw(List<Dialogue> completions, double[] probabilities) {
  private static final int MOST = 1 << 20;

  /**
   * {@return the law of sampling at temperature 1}
   *
   * @param maxNewTokens after which a completion is cut off
   * @param end the token that ends a completion
   * @param batchSize completions at once; the law is the same for any
   * @throws IllegalArgumentException if there are more than a million completions
   */
  public static CompletionLaw of(
      Decoder policy, int[] prompt, int maxNewTokens, int end, Pool pool, int batchSize) {
    Check.positive("maxNewTokens", maxNewTokens);
    int vocabulary = policy.config().vocabularySize();
    if (Math.pow(vocabulary, maxNewTokens) > MOST) {
      throw new IllegalArgumentException(
          "%d tokens of a vocabulary of %d are too many completions to list; at most %d can be"
              .formatted(maxNewTokens, vocabulary, MOST));
    }
    List<Dialogue> completions = new ArrayList<>();
    extend(prompt, new int[0], maxNewTokens, end, vocabulary, completions);
    double[] probabilities =
        Likelihoods.ofCompletions(policy, completions, 1, pool, batchSize).stream()
            .mapToDouble(logprobs -> Math.exp(Rows.sum(logprobs)))
            .toArray();
    return new CompletionLaw(completions, probabilities);
  }

  private static void extend(
      int[] prompt, int[] begun, int left, int end, int vocabulary, List<Dialogue> completions) {
    for (int token = 0; token < vocabulary; token++) {
      int[] completion = Arrays.copyOf(begun, begun.length + 1);
      completion[begun.length] = token;
      if (token == end || left == 1) {
        completions.add(new Dialogue(prompt, completion));
      } else {
        extend(prompt, completion, left - 1, end, vocabulary, completions);
      }
    }
  }
}
