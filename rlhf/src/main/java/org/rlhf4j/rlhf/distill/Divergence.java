package org.rlhf4j.rlhf.distill;

import org.rlhf4j.autograd.Variable;

/** How far a student is from its teacher, over the vocabulary, one number a token. */
public enum Divergence {
  /** KL(teacher || student). */
  FORWARD {
    @Override
    public Variable of(Variable teacherLogits, Variable studentLogits) {
      return Distillation.forward(teacherLogits, studentLogits);
    }
  },
  /** KL(student || teacher). */
  REVERSE {
    @Override
    public Variable of(Variable teacherLogits, Variable studentLogits) {
      return Distillation.reverse(teacherLogits, studentLogits);
    }
  },
  /** The Jensen-Shannon divergence, half of both. */
  JENSEN_SHANNON {
    @Override
    public Variable of(Variable teacherLogits, Variable studentLogits) {
      return Distillation.jensenShannon(teacherLogits, studentLogits, 0.5);
    }
  };

  /** {@return the divergences of logits [..., vocab], [...]; no gradient reaches the teacher} */
  public abstract Variable of(Variable teacherLogits, Variable studentLogits);
}
