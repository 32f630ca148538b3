package org.rlhf4j.rlhf.scoring;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.OutcomeRewardLoss;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.RewardModel;

/** Outcome reward model: at every token of an answer, will the whole be right? */
public record OutcomeObjective(RewardModel model) implements Objective<List<Graded>> {
  @Override
  public Totals totals(List<Graded> answers) {
    return Totals.of(DialogueBatch.of(Graded.dialogues(answers)).mask());
  }

  @Override
  public LossOutput loss(Tape tape, List<Graded> answers, Totals totals) {
    DialogueBatch batch = DialogueBatch.of(Graded.dialogues(answers));
    boolean[] correct = new boolean[answers.size()];
    for (int i = 0; i < correct.length; i++) {
      correct[i] = answers.get(i).correct();
    }
    Variable logits =
        model.head().apply(model.decoder().hidden(tape, batch.tokens(), Mode.EVALUATION));
    Variable loss = OutcomeRewardLoss.perToken(logits, correct, batch.mask(), totals);
    return new LossOutput("loss", loss);
  }
}
