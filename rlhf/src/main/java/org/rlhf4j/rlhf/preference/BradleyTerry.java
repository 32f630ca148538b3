package org.rlhf4j.rlhf.preference;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.LogSpace;

/** The Bradley-Terry model of a preference between two answers. */
public final class BradleyTerry {
  private BradleyTerry() {}

  /** {@return p_i / (p_i + p_j), the probability that i is preferred, from positive strengths} */
  @Equation("bradterry")
  public static double fromStrengths(double strengthI, double strengthJ) {
    if (!(strengthI > 0 && strengthJ > 0)) {
      throw new IllegalArgumentException(
          "strengths must be positive, got " + strengthI + " and " + strengthJ);
    }
    return 1 / (1 + strengthJ / strengthI);
  }

  /**
   * {@return e^(r_1) / (e^(r_1) + e^(r_2)) = sigmoid(r_1 - r_2), the probability that the first
   * answer is preferred}
   */
  @Equation({"bradterryrm", "bradley_terry_dpo"})
  public static double fromRewards(double first, double second) {
    return LogSpace.sigmoid(first - second);
  }

  /** {@return log sigmoid(r_1 - r_2)} */
  public static double logProbability(double first, double second) {
    return LogSpace.logSigmoid(first - second);
  }

  /**
   * {@return the preference of the optimal policy, sigmoid(beta (log pi(y_1)/ref(y_1) - log
   * pi(y_2)/ref(y_2))); Z(x) has cancelled, which is all of DPO's idea}
   *
   * @param firstLogRatio log pi(y_1) - log ref(y_1)
   * @param secondLogRatio log pi(y_2) - log ref(y_2)
   */
  @Equation({"dpo_loss_deriv0", "dpo_loss_deriv1", "dpo_loss_deriv2", "dpo_loss_deriv3"})
  public static double fromLogRatios(double firstLogRatio, double secondLogRatio, double beta) {
    return LogSpace.sigmoid(beta * (firstLogRatio - secondLogRatio));
  }
}
