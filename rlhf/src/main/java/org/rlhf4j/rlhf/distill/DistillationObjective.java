package org.rlhf4j.rlhf.distill;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.transformer.Decoder;

/** Mean divergence of a student from its teacher at the tokens of given completions. */
public record DistillationObjective(Decoder student, Decoder teacher, Divergence divergence)
    implements Objective<DialogueBatch> {
  @Override
  public Totals totals(DialogueBatch batch) {
    return Totals.of(batch.predicted());
  }

  @Override
  public LossOutput loss(Tape tape, DialogueBatch batch, Totals totals) {
    Variable logits = student.logits(student.hidden(tape, batch.tokens(), Mode.EVALUATION));
    // the last logits predict nothing
    Variable divergences =
        divergence.of(teacherLogits(tape, batch), logits).slice(1, 0, logits.shape().dim(1) - 1);
    Variable loss = new Aggregation.TokenMean().reduce(divergences, batch.predicted(), totals);
    return new LossOutput("divergence", loss);
  }

  private Variable teacherLogits(Tape tape, DialogueBatch batch) {
    try (Tape noGradient = Tape.noGrad(tape.workspace().pool())) {
      Variable logits = teacher.logits(teacher.hidden(noGradient, batch.tokens(), Mode.EVALUATION));
      return tape.copy(logits);
    }
  }
}
