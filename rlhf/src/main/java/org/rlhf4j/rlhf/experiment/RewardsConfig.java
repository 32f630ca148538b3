package org.rlhf4j.rlhf.experiment;

import java.util.List;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.verify.CharacterMatch;
import org.rlhf4j.rlhf.verify.ExactMatch;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.tensor.Check;

/** Weights of the rewards that a policy is trained for; one of weight 0 is only written down. */
public record RewardsConfig(double exactMatch, double characterMatch) {
  public RewardsConfig {
    Check.notNegative("exactMatch", exactMatch);
    Check.notNegative("characterMatch", characterMatch);
  }

  List<WeightedReward> of(List<Problem> problems) {
    return List.of(
        new WeightedReward("exact", exactMatch, Reward.verifiable(problems, new ExactMatch())),
        new WeightedReward(
            "characters", characterMatch, Reward.verifiable(problems, new CharacterMatch())));
  }
}
