package org.rlhf4j.rlhf.scoring;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Check;

/**
 * Bradley-Terry on pairs: the chosen answer is to score higher, by its margin.
 *
 * @param marginScale by which the ratings are multiplied; 0 looks at the order alone
 */
public record PairObjective(RewardModel model, RewardModelLoss loss, double marginScale)
    implements Objective<List<RatedPair>> {
  public PairObjective {
    Check.notNegative("marginScale", marginScale);
  }

  @Override
  public Totals totals(List<RatedPair> pairs) {
    return new Totals(pairs.size(), pairs.size());
  }

  @Override
  public LossOutput loss(Tape tape, List<RatedPair> pairs, Totals totals) {
    List<Dialogue> both = new ArrayList<>();
    pairs.forEach(rated -> both.add(rated.pair().chosen()));
    pairs.forEach(rated -> both.add(rated.pair().rejected()));
    Variable rewards = model.rewards(tape, DialogueBatch.of(both), Mode.EVALUATION);
    return loss.apply(
            rewards.slice(0, 0, pairs.size()),
            rewards.slice(0, pairs.size(), both.size()),
            pairs.stream().mapToDouble(rated -> marginScale * rated.margin()).toArray())
        .part(pairs.size() / (double) totals.sequences());
  }
}
