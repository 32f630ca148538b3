package org.rlhf4j.rlhf.direct;

import java.util.List;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/**
 * What a direct-alignment loss may need to know about a batch of preferences. Losses ask for what
 * they use; asking for what was not given is an error that says how to give it.
 */
public final class PreferenceBatch {
  private final PairLogprobs policy;
  private final List<PairLogprobs> reference;
  private final List<Pair> lengths;
  private final List<Pair> scores;
  private final List<Variable> mismatched;

  /** One number for the chosen and one for the rejected answer of each pair, [batch]. */
  public record Pair(double[] chosen, double[] rejected) {
    /** {@return chosen - rejected, [batch]} */
    public double[] differences() {
      double[] differences = new double[chosen.length];
      for (int i = 0; i < chosen.length; i++) {
        differences[i] = chosen[i] - rejected[i];
      }
      return differences;
    }
  }

  private PreferenceBatch(
      PairLogprobs policy,
      List<PairLogprobs> reference,
      List<Pair> lengths,
      List<Pair> scores,
      List<Variable> mismatched) {
    this.policy = policy;
    this.reference = reference;
    this.lengths = lengths;
    this.scores = scores;
    this.mismatched = mismatched;
  }

  /** A batch with a reference policy. */
  public static PreferenceBatch of(PairLogprobs policy, PairLogprobs reference) {
    requireSize("reference", reference.size(), policy);
    return new PreferenceBatch(policy, List.of(reference), List.of(), List.of(), List.of());
  }

  /** A batch for the losses that need no reference policy. */
  public static PreferenceBatch withoutReference(PairLogprobs policy) {
    return new PreferenceBatch(policy, List.of(), List.of(), List.of(), List.of());
  }

  /** {@return this batch with the numbers of tokens of the answers, [batch] each} */
  public PreferenceBatch withLengths(double[] chosen, double[] rejected) {
    Pair pair = pair("lengths", chosen, rejected);
    for (int i = 0; i < chosen.length; i++) {
      if (!(chosen[i] >= 1 && rejected[i] >= 1)) {
        throw new IllegalArgumentException(
            "pair "
                + i
                + " has an answer without tokens: lengths "
                + chosen[i]
                + " and "
                + rejected[i]
                + "; drop it");
      }
    }
    return new PreferenceBatch(policy, reference, List.of(pair), scores, mismatched);
  }

  /** {@return this batch with the rewards or ratings of the answers, [batch] each} */
  public PreferenceBatch withScores(double[] chosen, double[] rejected) {
    return new PreferenceBatch(
        policy, reference, lengths, List.of(pair("scores", chosen, rejected)), mismatched);
  }

  /**
   * {@return this batch with log-ratios (policy - reference) of answers to <em>other</em> prompts
   * of the batch, from which KTO estimates its KL} An answer paired with its own prompt would not
   * be such a sample.
   *
   * @throws IllegalArgumentException if there are none
   */
  public PreferenceBatch withMismatched(Variable logRatios) {
    if (logRatios.shape().size() == 0) {
      throw new IllegalArgumentException("log-ratios of mismatched answers need at least one");
    }
    return new PreferenceBatch(policy, reference, lengths, scores, List.of(logRatios));
  }

  /** {@return number of pairs} */
  public int size() {
    return policy.size();
  }

  public PairLogprobs policy() {
    return policy;
  }

  public PairLogprobs reference() {
    if (reference.isEmpty()) {
      throw new IllegalArgumentException(
          "this loss needs a reference policy; use PreferenceBatch.of(policy, reference)");
    }
    return reference.getFirst();
  }

  /** {@return whether there is a reference policy} */
  public boolean hasReference() {
    return !reference.isEmpty();
  }

  public Pair lengths() {
    if (lengths.isEmpty()) {
      throw new IllegalArgumentException(
          "this loss needs the lengths of the answers; use withLengths");
    }
    return lengths.getFirst();
  }

  public Pair scores() {
    if (scores.isEmpty()) {
      throw new IllegalArgumentException(
          "this loss needs the scores of the answers; use withScores");
    }
    return scores.getFirst();
  }

  public Variable mismatched() {
    if (mismatched.isEmpty()) {
      throw new IllegalArgumentException(
          "this loss needs log-ratios of mismatched answers; use withMismatched");
    }
    return mismatched.getFirst();
  }

  /** {@return log-ratios of the chosen answers to the reference, [batch]} */
  public Variable chosenLogRatio() {
    return policy.chosen().sub(reference().chosen());
  }

  /** {@return log-ratios of the rejected answers to the reference, [batch]} */
  public Variable rejectedLogRatio() {
    return policy.rejected().sub(reference().rejected());
  }

  /**
   * {@return the D of every formula here, [batch]} As the difference of the two log-ratios: the
   * margin of two answers of different lengths is a large number, which would lose the digits of
   * the small one that is left when the reference's margin is taken off.
   */
  public Variable margin() {
    return chosenLogRatio().sub(rejectedLogRatio());
  }

  /** {@return log-ratios of chosen and rejected answer side by side, [batch, 2]} */
  Variable logRatios() {
    return Variable.concat(
        1, List.of(chosenLogRatio().reshape(size(), 1), rejectedLogRatio().reshape(size(), 1)));
  }

  /** {@return log-probabilities of the chosen answers, summed or per token, [batch]} */
  Variable chosenLogprobs(AnswerLength length) {
    return switch (length) {
      case SUM -> policy.chosen();
      case MEAN -> meanLogprobs().chosen();
    };
  }

  /** {@return a constant with one number a pair, [batch]} */
  Variable constant(double... values) {
    return policy.chosen().tape().constant(Shape.of(values.length), values);
  }

  /** {@return log-probabilities of the policy per token, both [batch]} */
  PairLogprobs meanLogprobs() {
    return new PairLogprobs(
        policy.chosen().mul(constant(inverse(lengths().chosen()))),
        policy.rejected().mul(constant(inverse(lengths().rejected()))));
  }

  /** {@return chosenLogRatio / |chosen| - rejectedLogRatio / |rejected|, [batch]} */
  Variable meanMargin() {
    return chosenLogRatio()
        .mul(constant(inverse(lengths().chosen())))
        .sub(rejectedLogRatio().mul(constant(inverse(lengths().rejected()))));
  }

  private static double[] inverse(double[] lengths) {
    double[] inverse = new double[lengths.length];
    for (int i = 0; i < inverse.length; i++) {
      inverse[i] = 1 / lengths[i];
    }
    return inverse;
  }

  private Pair pair(String name, double[] chosen, double[] rejected) {
    requireSize("chosen " + name, chosen.length, policy);
    requireSize("rejected " + name, rejected.length, policy);
    return new Pair(chosen.clone(), rejected.clone());
  }

  private static void requireSize(String name, int size, PairLogprobs policy) {
    if (size != policy.size()) {
      throw new IllegalArgumentException(
          name
              + " has "
              + size
              + " entries and the policy has "
              + policy.size()
              + " pairs; they must agree");
    }
  }
}
