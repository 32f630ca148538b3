package org.rlhf4j.rlhf.reward;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;

/**
 * Loss of a reward model on rankings of K answers (arXiv 2301.11270; Starling), the negative
 * Plackett-Luce log-likelihood
 *
 * <pre>
 * -sum_k [ r_k - log sum_{j >= k} e^(r_j) ],    answers in order of preference
 * </pre>
 *
 * <p>K = 2 is Bradley-Terry.
 */
public final class PlackettLuceLoss {
  private PlackettLuceLoss() {}

  /**
   * {@return the loss of each ranking, [batch]}
   *
   * @param rewards of the answers, best first, [batch, K], K at least 2
   */
  @Equation("kwise_rm")
  public static Variable losses(Variable rewards) {
    if (rewards.shape().rank() != 2 || rewards.shape().dim(1) < 2) {
      throw new IllegalArgumentException(
          "rankings must be [batch, K] with K at least 2, got " + rewards.shape());
    }
    int batch = rewards.shape().dim(0);
    int answers = rewards.shape().dim(1);
    List<Variable> lost = new ArrayList<>();
    for (int k = 0; k < answers - 1; k++) {
      Variable one = rewards.slice(1, k, k + 1);
      Variable logRest = rewards.slice(1, k + 1, answers).logSumExp().reshape(batch, 1);
      // log(e^r + e^rest) - r, without the difference of two nearly equal numbers
      lost.add(logRest.sub(one).softplus());
    }
    return Variable.concat(1, lost).sum(1).reshape(batch);
  }
}
