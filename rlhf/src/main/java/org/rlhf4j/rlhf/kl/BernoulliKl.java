package org.rlhf4j.rlhf.kl;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;

/**
 * Divergence of two coins that are given by logits, KL( Bernoulli(s(a)) || Bernoulli(s(b)) ) with
 * the sigmoid s: what losses that compare two preferences are made of.
 *
 * <p>The textbook sum p log(p / q) + (1 - p) log((1 - p) / (1 - q)) has two terms of opposite signs
 * and the size of b - a, while the divergence is of the size of its square: near a = b it cancels
 * to noise. There, with t = b - a and R(x) = e^x - 1 - x, which is never negative,
 *
 * <pre>
 * KL = log( p e^((1-p) t) + (1-p) e^(-p t) ) = log( 1 + p R((1-p) t) + (1-p) R(-p t) )
 * </pre>
 *
 * <p>where nothing cancels, nor in its gradient.
 */
public final class BernoulliKl {
  private BernoulliKl() {}

  /**
   * {@return the divergences, of the shape of both}
   *
   * @param a logits of the first coin, finite
   * @param b logits of the second, finite, of the same shape
   */
  public static Variable of(Variable a, Variable b) {
    Variable closeness = b.detach().sub(a.detach()).abs().neg().add(1).relu();
    Tensor isNear = closeness.value();
    Tensor isFar = closeness.mul(0).masked(isNear, 1).value();
    // each form is 0, value and gradient, where both logits are 0
    return near(a.masked(isNear, 0), b.masked(isNear, 0))
        .add(far(a.masked(isFar, 0), b.masked(isFar, 0)));
  }

  private static Variable near(Variable a, Variable b) {
    Variable yes = a.sigmoid();
    Variable no = a.neg().sigmoid();
    Variable step = b.sub(a);
    Variable up = yes.mul(no.mul(step).expRemainder());
    Variable down = no.mul(yes.mul(step).neg().expRemainder());
    return up.add(down).log1p();
  }

  private static Variable far(Variable a, Variable b) {
    Variable yes = a.logSigmoid();
    Variable no = a.neg().logSigmoid();
    return yes.exp().mul(yes.sub(b.logSigmoid())).add(no.exp().mul(no.sub(b.neg().logSigmoid())));
  }
}
