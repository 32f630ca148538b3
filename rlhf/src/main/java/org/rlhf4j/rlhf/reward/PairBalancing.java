package org.rlhf4j.rlhf.reward;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.tensor.Shape;

/**
 * Equal weight to every prompt, however many comparisons it gave (InstructGPT, arXiv 2203.02155). K
 * ranked answers give C(K, 2) correlated pairs; averaged over all pairs of a data set, a prompt
 * with nine answers would count 36 times as much as one with two.
 *
 * <pre>
 * loss = mean over prompts of 1 / C(K, 2) sum over the prompt's pairs of -log s(r_better - r_worse)
 * </pre>
 */
public final class PairBalancing {
  private PairBalancing() {}

  /**
   * {@return the weight of each pair, 1 / (pairs of its prompt) / (prompts), summing to 1}
   *
   * @param prompts the prompt of each pair, any numbering
   */
  public static double[] weights(int... prompts) {
    Map<Integer, Integer> pairs = new HashMap<>();
    for (int prompt : prompts) {
      pairs.merge(prompt, 1, Integer::sum);
    }
    return Arrays.stream(prompts)
        .mapToDouble(prompt -> 1.0 / pairs.getOrDefault(prompt, 1) / pairs.size())
        .toArray();
  }

  /**
   * {@return the loss of each ranking, averaged over its C(K, 2) pairs, [batch]}
   *
   * @param rewards of the answers, best first, [batch, K], K at least 2
   */
  @Equation("rewardmodelinginstructgpt")
  public static Variable losses(Variable rewards) {
    if (rewards.shape().rank() != 2 || rewards.shape().dim(1) < 2) {
      throw new IllegalArgumentException(
          "rankings must be [batch, K] with K at least 2, got " + rewards.shape());
    }
    int batch = rewards.shape().dim(0);
    int answers = rewards.shape().dim(1);
    Variable better = rewards.reshape(batch, answers, 1);
    Variable worse = rewards.reshape(batch, 1, answers);
    double[] weights = new double[answers * answers];
    for (int i = 0; i < answers; i++) {
      for (int j = i + 1; j < answers; j++) {
        weights[i * answers + j] = 2.0 / (answers * (answers - 1));
      }
    }
    Variable perPair = rewards.tape().constant(Shape.of(1, answers, answers), weights);
    return better.sub(worse).logSigmoid().mul(perPair).sum(2).sum(1).neg().reshape(batch);
  }
}
