package org.rlhf4j.rlhf.scoring;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.ProcessRewardLoss;
import org.rlhf4j.rlhf.train.Objective;

/** Process reward model: at the end of every step, is the step bad, neutral or good? */
public record ProcessObjective(StepModel model) implements Objective<List<Graded>> {
  @Override
  public Totals totals(List<Graded> answers) {
    return new Totals(answers.size(), answers.stream().mapToInt(Graded::count).sum());
  }

  @Override
  public LossOutput loss(Tape tape, List<Graded> answers, Totals totals) {
    DialogueBatch batch = DialogueBatch.of(Graded.dialogues(answers));
    int time = batch.ids()[0].length;
    Variable loss =
        ProcessRewardLoss.apply(
            model.logits(tape, batch),
            Graded.labels(answers, time),
            Graded.stepEnds(answers, time),
            totals);
    return new LossOutput("loss", loss);
  }
}
