package org.rlhf4j.rlhf.direct;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Rows;

/**
 * A loss that trains a policy on preferences directly, without a reward model. In the formulas of
 * the family, dw and dl are the log-ratios (policy - reference) of the chosen and the rejected
 * answer, D = dw - dl, s is the sigmoid.
 */
public sealed interface PreferenceLoss
    permits AlphaPo,
        ApoDown,
        ApoZero,
        Bco,
        CalDpo,
        ConservativeDpo,
        Cpo,
        DiscoPop,
        Dpo,
        DpoWithLikelihood,
        Exo,
        FDivergenceDpo,
        Hinge,
        Ipo,
        Kto,
        LengthNormalizedDpo,
        Nca,
        Odpo,
        Orpo,
        PlackettLuceDpo,
        Rebel,
        RewardAwarePo,
        RobustDpo,
        SimPo,
        Slic,
        Sppo,
        PreferenceLoss.Custom {
  /** {@return the loss of each pair, [batch]} */
  Variable losses(PreferenceBatch batch);

  /**
   * {@return the mean loss, with the mean implicit rewards of chosen and rejected answers, their
   * margin, the fraction of pairs that they order right, and the mean log-probabilities} The
   * rewards are log-ratios to the reference (beta is 1), or log-probabilities where there is none.
   * Both usually fall while the margin rises; that is not a fault.
   */
  default LossOutput apply(PreferenceBatch batch) {
    Variable loss = losses(batch).mean();
    boolean relative = batch.hasReference();
    double[] chosen =
        (relative ? batch.chosenLogRatio() : batch.policy().chosen()).value().toDoubles();
    double[] rejected =
        (relative ? batch.rejectedLogRatio() : batch.policy().rejected()).value().toDoubles();
    double correct = 0;
    for (int i = 0; i < chosen.length; i++) {
      correct += chosen[i] > rejected[i] ? 1 : 0;
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("loss", loss.item());
    metrics.put("rewards/chosen", Rows.mean(chosen));
    metrics.put("rewards/rejected", Rows.mean(rejected));
    metrics.put("rewards/margins", Rows.mean(chosen) - Rows.mean(rejected));
    metrics.put("rewards/accuracies", correct / chosen.length);
    metrics.put("logps/chosen", Rows.mean(batch.policy().chosen().value().toDoubles()));
    metrics.put("logps/rejected", Rows.mean(batch.policy().rejected().value().toDoubles()));
    return new LossOutput(loss, metrics);
  }

  /** The same for the losses that need nothing but log-probabilities. */
  default LossOutput apply(PairLogprobs policy, PairLogprobs reference) {
    return apply(PreferenceBatch.of(policy, reference));
  }

  /** A loss that the library does not know. */
  non-sealed interface Custom extends PreferenceLoss {}

  /** Refuses a beta that is not positive, NaN included. */
  static void requireBeta(double beta) {
    if (!(beta > 0)) {
      throw new IllegalArgumentException("beta must be positive, got " + beta);
    }
  }
}
