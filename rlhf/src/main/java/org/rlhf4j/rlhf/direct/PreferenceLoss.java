package org.rlhf4j.rlhf.direct;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Figures;
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
    PairLogprobs policy = batch.policy();
    Variable chosen = relative ? batch.chosenLogRatio() : policy.chosen();
    Variable rejected = relative ? batch.rejectedLogRatio() : policy.rejected();
    return new LossOutput(
        loss,
        Figures.of("loss", loss)
            .and(Figures.of(List.of(chosen, rejected), PreferenceLoss::rewards))
            .and(Figures.mean("logps/chosen", policy.chosen()))
            .and(Figures.mean("logps/rejected", policy.rejected())));
  }

  private static Map<String, Double> rewards(List<double[]> read) {
    double chosen = Rows.mean(read.get(0));
    double rejected = Rows.mean(read.get(1));
    Map<String, Double> rewards = new LinkedHashMap<>();
    rewards.put("rewards/chosen", chosen);
    rewards.put("rewards/rejected", rejected);
    rewards.put("rewards/margins", chosen - rejected);
    rewards.put("rewards/accuracies", Rows.fractionAbove(read.get(0), read.get(1)));
    return rewards;
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
