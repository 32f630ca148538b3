package org.rlhf4j.rlhf.distill;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.kl.ExactKl;
import org.rlhf4j.tensor.Shape;

/**
 * Divergences of a student from a teacher, over the vocabulary, one number a token. Reduce them
 * with an {@code Aggregation}. On a teacher's or a corpus's text this is off-policy distillation,
 * on the student's own samples it is on-policy (GKD, arXiv 2306.13649); the loss is the same, and
 * no gradient flows through the sampling.
 */
public final class Distillation {
  private Distillation() {}

  /**
   * {@return -sum_v P_teacher(v) log P_student(v), the cross-entropy with soft labels; it differs
   * from {@link #forward} by the teacher's entropy, which the student cannot change, [...]} The
   * book's sum runs over t only; the one over the vocabulary is meant too.
   */
  @Equation("knowledge_distillation")
  public static Variable crossEntropy(Variable teacherLogits, Variable studentLogits) {
    requireSameShape(teacherLogits, studentLogits);
    Variable product =
        teacherLogits.detach().logSoftmax().exp().mul(studentLogits.logSoftmax()).neg();
    return overVocabulary(product);
  }

  /** {@return KL(teacher || student): the student covers all the teacher does, [...]} */
  public static Variable forward(Variable teacherLogits, Variable studentLogits) {
    return ExactKl.of(teacherLogits.detach(), studentLogits);
  }

  /** {@return KL(student || teacher): the student keeps to what the teacher does, [...]} */
  public static Variable reverse(Variable teacherLogits, Variable studentLogits) {
    return ExactKl.of(studentLogits, teacherLogits.detach());
  }

  /**
   * {@return the generalised Jensen-Shannon divergence of GKD, beta KL(t || m) + (1 - beta) KL(s ||
   * m) with m = beta t + (1 - beta) s, [...]} Divided by beta it tends to KL(t || s) for beta
   * towards 0, divided by 1 - beta to KL(s || t) for beta towards 1; never above log 2.
   *
   * @param beta in (0, 1)
   */
  public static Variable jensenShannon(
      Variable teacherLogits, Variable studentLogits, double beta) {
    requireSameShape(teacherLogits, studentLogits);
    if (!(beta > 0 && beta < 1)) {
      throw new IllegalArgumentException("beta must be in (0, 1), got " + beta);
    }
    Variable teacher = teacherLogits.detach().logSoftmax();
    Variable student = studentLogits.logSoftmax();
    // log m = log(beta t + (1 - beta) s) without leaving log space
    Variable first = teacher.add(Math.log(beta));
    Variable second = student.add(Math.log1p(-beta));
    Variable mixture = first.add(second.sub(first).softplus());
    Variable ofTeacher = ExactKl.terms(teacher, mixture).mul(beta);
    Variable ofStudent = ExactKl.terms(student, mixture).mul(1 - beta);
    return overVocabulary(ofTeacher.add(ofStudent));
  }

  private static Variable overVocabulary(Variable values) {
    Shape shape = values.shape();
    int[] rows = new int[shape.rank() - 1];
    for (int axis = 0; axis < rows.length; axis++) {
      rows[axis] = shape.dim(axis);
    }
    return values.sum(shape.rank() - 1).reshape(rows);
  }

  private static void requireSameShape(Variable teacher, Variable student) {
    if (!teacher.shape().equals(student.shape())) {
      throw new IllegalArgumentException(
          "teacher logits "
              + teacher.shape()
              + " and student logits "
              + student.shape()
              + " must have the same shape");
    }
  }
}
