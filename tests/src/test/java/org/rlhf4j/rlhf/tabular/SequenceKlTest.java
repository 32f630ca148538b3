package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.kl.ExactKl;
import org.rlhf4j.rlhf.kl.KlEstimator;

/** The estimators over whole answers, where what is said now changes what can be said later. */
class SequenceKlTest {
  private static final TabularPolicy POLICY = TabularPolicy.of(3, 3);
  private static final double[][] LOGITS = POLICY.randomLogits(new Random(1));
  private static final double[][] REFERENCE = POLICY.randomLogits(new Random(2));

  private static double[] gradient(Function<Variable, Variable> function) {
    return Differentiated.of(in -> function.apply(in.get(0)), Input.of(LOGITS)).gradients()[0];
  }

  private static double[] exactGradient() {
    double[] reference = POLICY.logprobs(REFERENCE);
    return gradient(logits -> {
      Variable logprobs = POLICY.logprobs(logits);
      Variable ratio = logprobs.sub(logits.tape().constant(logprobs.shape(), reference));
      return logprobs.exp().mul(ratio).sum();
    });
  }

  @Test
  @Proves(
      value = {"kl_expectation", "def_kl", "kl_distance_regularization", "llming"},
      by = Proof.ENUMERATION)
  void theDivergenceOfAnswersIsTheSumOfTokenDivergencesWherePolicyGoes() {
    double[] logp = POLICY.logprobs(LOGITS);
    double[] logq = POLICY.logprobs(REFERENCE);
    double exact = ExactKl.of(logp, logq);
    double k1 = 0;
    double k3 = 0;
    double tokens = 0;
    for (int y = 0; y < POLICY.size(); y++) {
      double probability = Math.exp(logp[y]);
      k1 += probability * KlEstimator.K1.of(logp[y] - logq[y]);
      k3 += probability * KlEstimator.K3.of(logp[y] - logq[y]);
      int[] path = POLICY.states().get(y);
      for (int state : path) {
        double[] p = org.rlhf4j.rlhf.LogSpace.logSoftmax(LOGITS[state]);
        double[] q = org.rlhf4j.rlhf.LogSpace.logSoftmax(REFERENCE[state]);
        tokens += probability * ExactKl.of(p, q);
      }
    }
    assertEquals(exact, k1, 1e-14);
    assertEquals(exact, k3, 1e-14);
    assertEquals(exact, tokens, 1e-14);
  }

  private static Variable expectedPenalty(
      Variable logits, boolean perToken, KlEstimator estimator) {
    double[] probabilities = POLICY.probabilities(LOGITS);
    Variable sum = logits.sum().mul(0);
    for (int y = 0; y < POLICY.size(); y++) {
      double[] reference = POLICY.tokenLogprobs(REFERENCE, y);
      for (int t = 0; t < reference.length; t++) {
        reference[t] = POLICY.mask(y)[t] ? reference[t] : 0;
      }
      Variable logprobs = POLICY.tokenLogprobs(logits, y);
      Variable ratio = logprobs.sub(logits.tape().constant(logprobs.shape(), reference));
      Variable estimate = perToken ? estimator.of(ratio).sum() : estimator.of(ratio.sum());
      sum = sum.add(estimate.mul(probabilities[y]));
    }
    return sum;
  }

  @Test
  @Proves(value = "kl_expectation", by = Proof.ENUMERATION)
  void onWholeAnswersK2HasTheExactGradient() {
    assertArrayEquals(
        exactGradient(), gradient(logits -> expectedPenalty(logits, false, KlEstimator.K2)), 1e-14);
    assertArrayEquals(
        new double[POLICY.stateCount() * 3],
        gradient(logits -> expectedPenalty(logits, false, KlEstimator.K1)),
        1e-14);
  }

  @Test
  void perTokenK2ForgetsThatEarlierTokensChooseLaterStates() {
    // a penalty on each token, in the loss, sees the states as given: its gradient is that of the
    // token divergences under a frozen visitation, not that of the divergence of answers
    double[] probabilities = POLICY.probabilities(LOGITS);
    double[] visits = new double[POLICY.stateCount()];
    for (int y = 0; y < POLICY.size(); y++) {
      for (int state : POLICY.states().get(y)) {
        visits[state] += probabilities[y];
      }
    }
    double[] frozen =
        gradient(logits -> {
          var reference = logits.tape().constant(logits.shape(), Input.of(REFERENCE).values());
          Variable weights =
              logits.tape().constant(org.rlhf4j.tensor.Shape.of(visits.length), visits);
          return ExactKl.of(logits, reference).mul(weights).sum();
        });
    double[] perToken = gradient(logits -> expectedPenalty(logits, true, KlEstimator.K2));
    assertArrayEquals(frozen, perToken, 1e-14);
    double[] exact = exactGradient();
    double error = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.abs(exact[i] - perToken[i]);
    }
    assertTrue(error > 0.01);
  }
}
