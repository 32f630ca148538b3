package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;

/**
 * The loss of an update: the algorithm's, plus that of a critic where there is one.
 *
 * @param critic one or none
 * @param temperature that was sampled at
 * @param valueCoefficient weight of the value loss
 */
record PolicyObjective(
    Decoder policy,
    List<Critic> critic,
    PolicyLoss policyLoss,
    double temperature,
    ValueLoss valueLoss,
    double valueCoefficient)
    implements Objective<List<Rollout>> {

  @Override
  public Totals totals(List<Rollout> rollouts) {
    return Totals.of(Rollout.batch(rollouts).predicted());
  }

  @Override
  public LossOutput loss(Tape tape, List<Rollout> rollouts, Totals totals) {
    DialogueBatch batch = Rollout.batch(rollouts);
    boolean[][] mask = batch.predicted();
    int time = batch.ids()[0].length;
    Columns predicting = batch.predicting();
    Variable hidden = policy.hidden(tape, batch.tokens(), predicting, Mode.EVALUATION);
    LossOutput output =
        policyLoss.apply(
            new PolicyBatch(
                NextToken.logprobs(policy.logits(hidden), batch.ids(), predicting, temperature),
                Rollout.aligned(rollouts, time, Rollout::old),
                Rollout.aligned(rollouts, time, Rollout::reference),
                Rollout.aligned(rollouts, time, Rollout::advantages),
                mask),
            totals);
    Variable loss = output.loss();
    Figures figures = output.figures();
    for (Critic values : critic) {
      LossOutput value =
          valueLoss.apply(
              predicting.placed(values.values(tape, batch.tokens(), predicting, hidden), time - 1),
              Rollout.aligned(rollouts, time, Rollout::values),
              Rollout.aligned(rollouts, time, Rollout::returns),
              mask,
              totals);
      loss = loss.add(value.loss().mul(valueCoefficient));
      figures = figures.and(value.figures());
    }
    return new LossOutput(loss, figures);
  }
}
