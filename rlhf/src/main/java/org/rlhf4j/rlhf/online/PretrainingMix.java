package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;

/**
 * Text whose likelihood is learned in every update beside the rewards, so that language is not paid
 * for them: PPO-ptx of InstructGPT (arXiv 2203.02155).
 *
 * @param coefficient gamma, of the mean negative log-likelihood of a token
 * @param texts to draw from
 * @param batchSize texts of an update
 */
public record PretrainingMix(double coefficient, List<Dialogue> texts, int batchSize) {
  public PretrainingMix {
    Check.notNegative("coefficient", coefficient);
    Check.positive("batchSize", batchSize);
    texts = List.copyOf(texts);
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("a pretraining mix needs texts");
    }
  }

  /**
   * A micro-batch of both.
   *
   * @param texts perhaps none
   * @param textTotals of all texts of the update
   */
  record Part(List<Rollout> rollouts, List<Dialogue> texts, Totals textTotals) {}

  /** {@return the micro-batches of an update, each with its share of the texts} */
  List<Part> parts(List<List<Rollout>> rollouts, RandomKey key) {
    List<Dialogue> drawn = Order.batches(texts, batchSize, key).getFirst();
    Totals totals = Totals.of(DialogueBatch.of(drawn).predicted());
    List<List<Dialogue>> shares = Order.parts(drawn, Math.ceilDiv(drawn.size(), rollouts.size()));
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < rollouts.size(); i++) {
      parts.add(new Part(rollouts.get(i), i < shares.size() ? shares.get(i) : List.of(), totals));
    }
    return parts;
  }

  /** {@return the objective of both} */
  Objective<Part> with(PolicyObjective objective) {
    return new Mixed(objective, coefficient);
  }

  /** loss of the rollouts + coefficient * loss of the texts. */
  private record Mixed(PolicyObjective objective, double coefficient) implements Objective<Part> {
    @Override
    public Totals totals(Part part) {
      return objective.totals(part.rollouts);
    }

    @Override
    public LossOutput loss(Tape tape, Part part, Totals totals) {
      LossOutput policy = objective.loss(tape, part.rollouts, totals);
      if (part.texts.isEmpty()) {
        return policy;
      }
      LossOutput text =
          new Imitation(objective.policy())
              .loss(tape, DialogueBatch.of(part.texts), part.textTotals);
      return new LossOutput(
          LikelihoodLoss.mixed(policy.loss(), text.loss(), coefficient),
          policy.figures().and(text.figures().named(name -> "pretraining/" + name)));
    }
  }
}
