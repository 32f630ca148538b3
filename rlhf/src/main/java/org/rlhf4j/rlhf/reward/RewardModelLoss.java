package org.rlhf4j.rlhf.reward;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.tensor.Shape;

/**
 * Bradley-Terry loss of a reward model, mean over pairs of
 *
 * <pre>
 * -log sigmoid(r_chosen - r_rejected - margin) + centring (r_chosen + r_rejected)^2
 * </pre>
 *
 * <p>A preference says nothing about r + constant; the centring penalty holds that constant at zero
 * (arXiv 2312.09244; 0.01 is usual). The margin is how much better the chosen answer was rated
 * (Llama 2); without one it is zero.
 *
 * @param centring not negative; 0 for none
 */
@Equation({"rewardmodeling1", "rewardmodelingmargin", "margin_loss", "bradterryrm_deriv"})
public record RewardModelLoss(double centring) {
  public RewardModelLoss {
    if (!(centring >= 0)) {
      throw new IllegalArgumentException("centring must not be negative, got " + centring);
    }
  }

  /** Without centring. */
  public RewardModelLoss() {
    this(0);
  }

  /**
   * The mean loss of a batch without margins.
   *
   * @param chosen rewards of the preferred answers, [batch]
   * @param rejected rewards of the others, [batch]
   */
  public LossOutput apply(Variable chosen, Variable rejected) {
    return apply(chosen, rejected, new double[chosen.shape().size()]);
  }

  /** The same with a margin for each pair, [batch]. */
  public LossOutput apply(Variable chosen, Variable rejected, double... margins) {
    Variable losses = losses(chosen, rejected, margins);
    Variable loss = losses.mean();
    return new LossOutput(
        loss,
        Figures.of("loss", loss)
            .and(Figures.of(List.of(chosen, rejected), RewardModelLoss::rewards)));
  }

  private static Map<String, Double> rewards(List<double[]> read) {
    double chosen = Rows.mean(read.get(0));
    double rejected = Rows.mean(read.get(1));
    Map<String, Double> rewards = new LinkedHashMap<>();
    rewards.put("accuracy", Rows.fractionAbove(read.get(0), read.get(1)));
    rewards.put("chosen_reward", chosen);
    rewards.put("rejected_reward", rejected);
    rewards.put("margin", chosen - rejected);
    return rewards;
  }

  /** {@return the loss of each pair, [batch]} */
  public Variable losses(Variable chosen, Variable rejected, double... margins) {
    requirePairs(chosen, rejected, margins);
    Variable margin = chosen.tape().constant(Shape.of(margins.length), margins);
    Variable losses = chosen.sub(rejected).sub(margin).logSigmoid().neg();
    return centring == 0 ? losses : losses.add(chosen.add(rejected).square().mul(centring));
  }

  /**
   * {@return log(1 + e^(r_rejected - r_chosen)) of each pair, [batch]: the other way to write the
   * same loss, as softplus, which does not overflow}
   */
  @Equation("rewardmodeling2")
  public static Variable softplusForm(Variable chosen, Variable rejected) {
    requirePairs(chosen, rejected, new double[chosen.shape().size()]);
    return rejected.sub(chosen).softplus();
  }

  private static void requirePairs(Variable chosen, Variable rejected, double[] margins) {
    if (chosen.shape().rank() != 1 || !chosen.shape().equals(rejected.shape())) {
      throw new IllegalArgumentException(
          "chosen and rejected rewards must both be [batch], got "
              + chosen.shape()
              + " and "
              + rejected.shape());
    }
    Rows.requireSameLength("margins", margins.length, "chosen rewards", chosen.shape().size());
    if (margins.length == 0) {
      throw new IllegalArgumentException("a reward-model loss needs at least one pair");
    }
  }
}
