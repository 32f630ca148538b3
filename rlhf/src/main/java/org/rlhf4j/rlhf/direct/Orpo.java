package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Odds-ratio preference optimisation (arXiv 2403.07691): fine-tuning on the chosen answer with a
 * penalty on the odds of the rejected one; no reference policy. With mean log-probabilities lw, ll
 * of the answers' tokens,
 *
 * <pre>
 * loss = -lw - beta log s( log odds(lw) - log odds(ll) ),    log odds(l) = l - log(1 - e^l)
 * </pre>
 *
 * <p>A mean log-probability of 0 has infinite odds; it is held at -2^-24, where a float's 1 - p is
 * still above zero. TRL's first term covers the prompt as well, here it is the answer's.
 *
 * @param beta weight of the penalty (the paper's lambda); 0.1
 */
public record Orpo(double beta) implements PreferenceLoss {
  private static final double LARGEST_LOGPROB = -0x1p-24;

  public Orpo {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    PairLogprobs mean = batch.meanLogprobs();
    return mean.chosen().neg().add(oddsRatioLosses(mean).mul(beta));
  }

  /** {@return -log s(log odds ratio) of each pair, [batch], from mean log-probabilities} */
  public static Variable oddsRatioLosses(PairLogprobs mean) {
    return logOdds(mean.chosen()).sub(logOdds(mean.rejected())).logSigmoid().neg();
  }

  private static Variable logOdds(Variable logprobs) {
    Variable held = logprobs.min(LARGEST_LOGPROB);
    return held.sub(held.log1mExp());
  }
}
