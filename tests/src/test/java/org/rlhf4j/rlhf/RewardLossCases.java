package org.rlhf4j.rlhf;

import static org.rlhf4j.rlhf.LossCase.logSoftmax;
import static org.rlhf4j.rlhf.LossCase.s;
import static org.rlhf4j.rlhf.LossCase.softplus;
import static org.rlhf4j.rlhf.LossCase.square;
import static org.rlhf4j.rlhf.LossCase.sum;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.OutcomeRewardLoss;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.ProcessRewardLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;

/** Losses of reward models, see {@link LossCase}. */
final class RewardLossCases {
  private static final boolean[][] TWO = {{true, true}};

  private RewardLossCases() {}

  static List<LossCase> all() {
    List<LossCase> cases = new ArrayList<>();
    rewardModels(cases);
    outcomes(cases);
    return cases;
  }

  private static void rewardModels(List<LossCase> cases) {
    cases.add(
        LossCase.of(
            "reward model, margin 0.5, centring 0.01",
            2,
            x -> new RewardModelLoss(0.01).losses(x.slice(0, 0, 1), x.slice(0, 1, 2), 0.5),
            x -> softplus(x[1].subtract(x[0]).add(0.5)).add(square(x[0].add(x[1])).multiply(0.01)),
            x -> {
              double wrong = s(x[1] - x[0] + 0.5);
              double centre = 0.02 * (x[0] + x[1]);
              return new double[] {-wrong + centre, wrong + centre};
            }));
    cases.add(
        LossCase.of(
            "reward model, softplus form",
            2,
            x -> RewardModelLoss.softplusForm(x.slice(0, 0, 1), x.slice(0, 1, 2)),
            x -> softplus(x[1].subtract(x[0])),
            x -> new double[] {-s(x[1] - x[0]), s(x[1] - x[0])}));
    cases.add(
        LossCase.of(
            "pair balancing",
            3,
            x -> PairBalancing.losses(x.reshape(1, 3)),
            x ->
                sum(
                        softplus(x[1].subtract(x[0])),
                        softplus(x[2].subtract(x[0])),
                        softplus(x[2].subtract(x[1])))
                    .divide(3),
            x -> {
              double a = s(x[1] - x[0]) / 3;
              double b = s(x[2] - x[0]) / 3;
              double c = s(x[2] - x[1]) / 3;
              return new double[] {-a - b, a - c, b + c};
            }));
    cases.add(
        LossCase.of(
            "Plackett-Luce",
            3,
            x -> PlackettLuceLoss.losses(x.reshape(1, 3)),
            x -> sum(logSoftmax(x, 0, 3)[0], logSoftmax(x, 1, 3)[0]).negate(),
            x -> {
              double[] p = LogSpace.softmax(x);
              double q = s(x[2] - x[1]);
              return new double[] {p[0] - 1, p[1] - q, p[2] + q};
            }));
  }

  private static void outcomes(List<LossCase> cases) {
    cases.add(
        LossCase.of(
            "outcome reward by token",
            2,
            x ->
                OutcomeRewardLoss.perToken(
                    x.reshape(1, 2), new boolean[] {true}, TWO, Totals.of(TWO)),
            x -> softplus(x[0].negate()).add(softplus(x[1].negate())).divide(2),
            x -> new double[] {-s(-x[0]) / 2, -s(-x[1]) / 2}));
    cases.add(
        LossCase.of(
            "outcome reward by answer",
            2,
            x -> OutcomeRewardLoss.perAnswer(x.reshape(1, 2), new boolean[] {false}, TWO),
            x -> softplus(x[0].add(x[1]).divide(2)),
            x -> new double[] {s((x[0] + x[1]) / 2) / 2, s((x[0] + x[1]) / 2) / 2}));
    boolean[][] end = {{true}};
    cases.add(
        LossCase.of(
            "process reward",
            3,
            x ->
                ProcessRewardLoss.apply(x.reshape(1, 1, 3), new int[][] {{1}}, end, Totals.of(end)),
            x -> logSoftmax(x, 0, 3)[2].negate(),
            x -> {
              double[] p = LogSpace.softmax(x);
              return new double[] {p[0], p[1], p[2] - 1};
            }));
  }
}
