package org.rlhf4j.rlhf.tabular;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyLoss;

/**
 * The policy, rewards and old logits of the enumeration tests, and the expected gradient of a loss
 * summed exactly over every group of answers that can be sampled.
 */
final class ExpectedAscent {
  static final TabularPolicy POLICY = TabularPolicy.of(3, 2);
  private static final Random RANDOM = new Random(11);
  static final double[][] LOGITS = POLICY.randomLogits(RANDOM);
  static final double[][] REFERENCE = POLICY.randomLogits(RANDOM);
  static final double[] SCORES = RANDOM.doubles(POLICY.size(), -2, 2).toArray();
  static final double[] SUCCESSES = {0, 1, 0, 0, 1, 1, 0};
  static final PolicyLoss PLAIN =
      new PolicyLoss(
          ImportanceRatio.NONE, new PlainSurrogate(), new NoKl(), new Aggregation.SequenceSum());

  private ExpectedAscent() {}

  /** Gradient of sum_y P(y) f(y) by the logits, f held constant. */
  static double[] gradientOfExpectation(UnaryOperator<double[]> ofLogprobs) {
    double[] f = ofLogprobs.apply(POLICY.logprobs(LOGITS));
    return gradient(logits -> {
      Variable logprobs = POLICY.logprobs(logits);
      return logprobs.exp().mul(logits.tape().constant(logprobs.shape(), f)).sum();
    });
  }

  static double[] gradientOfReward(double[] scores) {
    return gradientOfExpectation(ignored -> scores);
  }

  static double[] gradient(Function<Variable, Variable> function) {
    return Differentiated.of(in -> function.apply(in.get(0)), Input.of(LOGITS)).gradients()[0];
  }

  /** What makes the advantages of one sampled group. */
  interface Advantages {
    double[][] of(int[] group);
  }

  /**
   * Minus the expected gradient of the loss over all groups of the given size drawn from {@code
   * sampler}.
   */
  static double[] expectedAscent(
      PolicyLoss loss, int groupSize, double[][] sampler, Advantages advantages) {
    double[] probabilities = POLICY.probabilities(sampler);
    double[] ascent =
        gradient(logits -> {
          Variable sum = logits.sum().mul(0);
          for (int[] group : POLICY.tuples(groupSize)) {
            double probability = 1;
            for (int y : group) {
              probability *= probabilities[y];
            }
            PolicyBatch batch =
                new PolicyBatch(
                    POLICY.tokenLogprobs(logits, group),
                    POLICY.tokenLogprobs(sampler, group),
                    advantages.of(group),
                    POLICY.masks(group));
            sum = sum.add(loss.apply(batch).loss().mul(-probability));
          }
          return sum;
        });
    return ascent;
  }

  static double[] expectedAscent(
      PolicyLoss loss, int groupSize, AdvantageEstimator estimator, double[] scores) {
    return expectedAscent(
        loss, groupSize, LOGITS, group -> estimator.advantages(episodes(scores, group)));
  }

  static Episodes episodes(double[] scores, int[] group) {
    double[] picked = Arrays.stream(group).mapToDouble(y -> scores[y]).toArray();
    double[][] same = POLICY.tokenLogprobs(LOGITS, group);
    return new Episodes(
        new KlInReward(0).rewards(picked, same, same, POLICY.masks(group)),
        POLICY.masks(group),
        group.length);
  }

  static double[] scaled(double factor, double[] vector) {
    return Arrays.stream(vector).map(x -> factor * x).toArray();
  }
}
