package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.preference.BradleyTerry;

class OptimalPolicyTest {
  private static final double[] REFERENCE = {Math.log(0.5), Math.log(0.3), Math.log(0.2)};
  private static final double[] REWARDS = {1, 0, -1};

  private static double kl(double[] logp, double[] logq) {
    double sum = 0;
    for (int i = 0; i < logp.length; i++) {
      sum += Math.exp(logp[i]) * (logp[i] - logq[i]);
    }
    return sum;
  }

  @Test
  @Proves(
      value = {"dpo_opt_policy", "dpo_partition", "rlhf_opt_eq", "rlhf_opt_eq_repeat"},
      by = Proof.CLOSED_FORM)
  void theBanditTable() {
    double[][] table = { // beta, J*, KL
      {0.1, 0.93068801, 0.69284753},
      {0.5, 0.69583931, 0.43220514},
      {1, 0.54969058, 0.19224545},
      {2, 0.43934189, 0.06252913}
    };
    for (double[] row : table) {
      double beta = row[0];
      double[] optimal = OptimalPolicy.logprobs(REFERENCE, REWARDS, beta);
      assertEquals(row[1], beta * OptimalPolicy.logPartition(REFERENCE, REWARDS, beta), 5e-9);
      assertEquals(row[1], OptimalPolicy.objective(optimal, REFERENCE, REWARDS, beta), 5e-9);
      assertEquals(row[2], kl(optimal, REFERENCE), 5e-9);
    }
    double[] half = OptimalPolicy.logprobs(REFERENCE, REWARDS, 0.5);
    assertEquals(0.91867231, Math.exp(half[0]), 5e-9);
    assertEquals(0.07459727, Math.exp(half[1]), 5e-9);
    assertEquals(0.00673043, Math.exp(half[2]), 5e-9);
  }

  @Property
  @Proves(
      value = {
        "dpo_opt_policy", "dpo_deriv_1", "dpo_deriv_2", "dpo_deriv_3", "dpo_deriv_4",
        "dpo_deriv_5", "dpo_deriv_10", "rlhf_opt_eq", "rlhf_opt_eq_repeat", "rl_opt_int",
        "objective_regularization"
      },
      by = Proof.IDENTITY)
  void everyFormOfTheObjectiveIsTheSameAndGibbsInequalityHolds(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.05, max = 5) double beta) {
    Random random = new Random(seed);
    double[] policy = LogSpace.logSoftmax(random.doubles(5, -3, 3).toArray());
    double[] reference = LogSpace.logSoftmax(random.doubles(5, -3, 3).toArray());
    double[] rewards = random.doubles(5, -2, 2).toArray();
    double expectedReward = 0;
    double deriv4 = 0;
    double deriv5 = 0;
    double logZ = OptimalPolicy.logPartition(reference, rewards, beta);
    for (int y = 0; y < 5; y++) {
      double p = Math.exp(policy[y]);
      expectedReward += p * rewards[y];
      deriv4 += p * (policy[y] - reference[y] - rewards[y] / beta);
      deriv5 +=
          p
              * (policy[y]
                  - Math.log(Math.exp(reference[y]) * Math.exp(rewards[y] / beta))
                  + logZ
                  - logZ);
    }
    double objective = OptimalPolicy.objective(policy, reference, rewards, beta);
    double[] optimal = OptimalPolicy.logprobs(reference, rewards, beta);
    assertEquals(expectedReward - beta * kl(policy, reference), objective, 1e-12);
    assertEquals(-beta * deriv4, objective, 1e-11);
    assertEquals(-beta * deriv5, objective, 1e-10);
    // deriv_10: the distance from the optimum is exactly beta KL(pi || pi*)
    assertEquals(beta * logZ - beta * kl(policy, optimal), objective, 1e-11);
    assertTrue(objective <= beta * logZ + 1e-12);
  }

  @Property
  @Proves(
      value = {"dpo_deriv_6", "dpo_deriv_7", "dpo_deriv_8", "dpo_deriv_9"},
      by = Proof.IDENTITY)
  void theBracketIsTheLogRatioToTheOptimumLessLogZ(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.05, max = 5) double beta) {
    Random random = new Random(seed);
    double[] policy = LogSpace.logSoftmax(random.doubles(4, -3, 3).toArray());
    double[] reference = LogSpace.logSoftmax(random.doubles(4, -3, 3).toArray());
    double[] rewards = random.doubles(4, -2, 2).toArray();
    double logZ = OptimalPolicy.logPartition(reference, rewards, beta);
    double[] optimal = OptimalPolicy.logprobs(reference, rewards, beta);
    for (int y = 0; y < 4; y++) {
      double deriv6 = policy[y] - reference[y] - rewards[y] / beta;
      assertEquals(deriv6, policy[y] - optimal[y] - logZ, 1e-11);
    }
  }

  @Property
  @Proves(
      value = {
        "dpo_reward_full",
        "dpo_reward",
        "bradley_terry_dpo",
        "dpo_loss_deriv0",
        "dpo_loss_deriv1",
        "dpo_loss_deriv2",
        "dpo_loss_deriv3"
      },
      by = Proof.IDENTITY)
  void theRewardIsRecoveredAndZCancelsInPreferences(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.05, max = 5) double beta) {
    Random random = new Random(seed);
    double[] reference = LogSpace.logSoftmax(random.doubles(4, -3, 3).toArray());
    double[] rewards = random.doubles(4, -2, 2).toArray();
    double logZ = OptimalPolicy.logPartition(reference, rewards, beta);
    double[] optimal = OptimalPolicy.logprobs(reference, rewards, beta);
    assertArrayEquals(rewards, OptimalPolicy.reward(optimal, reference, beta, logZ), 1e-11);
    double[] implicit = OptimalPolicy.reward(optimal, reference, beta, 0);
    double deriv0 =
        Math.exp(implicit[0] + beta * logZ)
            / (Math.exp(implicit[0] + beta * logZ) + Math.exp(implicit[1] + beta * logZ));
    double fromRewards = BradleyTerry.fromRewards(rewards[0], rewards[1]);
    assertEquals(
        Math.exp(rewards[0]) / (Math.exp(rewards[0]) + Math.exp(rewards[1])), fromRewards, 1e-12);
    assertEquals(deriv0, fromRewards, 1e-10);
    assertEquals(
        fromRewards,
        BradleyTerry.fromLogRatios(optimal[0] - reference[0], optimal[1] - reference[1], beta),
        1e-11);
  }

  @Test
  void extremes() {
    double[] reference = {0, Double.NEGATIVE_INFINITY, -1e4};
    double[] optimal = OptimalPolicy.logprobs(reference, new double[] {0, 1e4, 1e4}, 1);
    assertArrayEquals(
        new double[] {-Math.log(2), Double.NEGATIVE_INFINITY, -Math.log(2)}, optimal, 1e-12);
    assertEquals(
        0,
        OptimalPolicy.objective(
            new double[] {0, Double.NEGATIVE_INFINITY},
            new double[] {0, Double.NEGATIVE_INFINITY},
            new double[2],
            1));
    assertThrows(
        IllegalArgumentException.class, () -> OptimalPolicy.logprobs(REFERENCE, REWARDS, 0));
    assertThrows(
        IllegalArgumentException.class, () -> OptimalPolicy.logprobs(REFERENCE, new double[2], 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> OptimalPolicy.objective(REFERENCE, REFERENCE, REWARDS, -1));
    assertThrows(
        IllegalArgumentException.class,
        () -> OptimalPolicy.objective(new double[2], REFERENCE, REWARDS, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> OptimalPolicy.objective(REFERENCE, new double[2], REWARDS, 1));
    assertThrows(
        IllegalArgumentException.class, () -> OptimalPolicy.reward(REFERENCE, new double[2], 1, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> OptimalPolicy.reward(REFERENCE, REFERENCE, Double.NaN, 0));
  }
}
