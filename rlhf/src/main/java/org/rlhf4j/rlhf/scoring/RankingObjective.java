package org.rlhf4j.rlhf.scoring;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.RewardModel;

/**
 * K-wise reward modelling: the answers to a prompt are to score in their order.
 *
 * @param losses of each ranking from the rewards of its answers, {@code [batch, K]} to {@code
 *     [batch]}: {@code PlackettLuceLoss::losses} or {@code PairBalancing::losses}
 */
public record RankingObjective(RewardModel model, UnaryOperator<Variable> losses)
    implements Objective<List<Ranking>> {
  @Override
  public Totals totals(List<Ranking> rankings) {
    return new Totals(rankings.size(), rankings.size());
  }

  @Override
  public LossOutput loss(Tape tape, List<Ranking> rankings, Totals totals) {
    int answers = rankings.getFirst().answers().size();
    if (rankings.stream().anyMatch(ranking -> ranking.answers().size() != answers)) {
      throw new IllegalArgumentException("the rankings of a batch must have one length");
    }
    List<Dialogue> all = rankings.stream().flatMap(ranking -> ranking.answers().stream()).toList();
    Variable rewards = model.rewards(tape, DialogueBatch.of(all), Mode.EVALUATION);
    Variable loss = losses.apply(rewards.reshape(rankings.size(), answers)).mean();
    Figures figures =
        Figures.of("loss", loss)
            .and(
                Figures.of(
                    List.of(rewards),
                    read -> Map.of("accuracy", accuracy(read.getFirst(), answers))));
    return new LossOutput(loss, figures).part(rankings.size() / (double) totals.sequences());
  }

  /** {@return how often the first answer of a ranking scores higher than the last} */
  private static double accuracy(double[] rewards, int answers) {
    double ordered = 0;
    for (int i = 0; i < rewards.length; i += answers) {
      ordered += rewards[i] > rewards[i + answers - 1] ? 1 : 0;
    }
    return ordered * answers / rewards.length;
  }
}
