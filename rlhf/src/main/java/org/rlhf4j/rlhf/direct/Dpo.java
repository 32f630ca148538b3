package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;

/**
 * Direct preference optimisation (arXiv 2305.18290), -log s(beta D): Bradley-Terry with the
 * implicit reward beta log(pi / ref). Its gradient is -beta s(-beta D) (grad log pi(chosen) - grad
 * log pi(rejected)); where policy and reference agree the loss is log 2.
 *
 * @param beta strength of the pull to the reference; 0.1
 */
@Equation({"dpo_core", "dpo_gradient", "dpo_grad_0", "dpo_grad_2", "dpo_grad_3"})
public record Dpo(double beta) implements PreferenceLoss {
  public Dpo {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return batch.margin().mul(beta).logSigmoid().neg();
  }
}
