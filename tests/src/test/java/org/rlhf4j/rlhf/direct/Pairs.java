package org.rlhf4j.rlhf.direct;

import java.util.List;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.tensor.Shape;

/**
 * A batch of preferences as plain numbers, so that a test can put it on a tape and differentiate a
 * loss by the log-probabilities of the policy.
 */
record Pairs(
    double[] chosen,
    double[] rejected,
    double[] referenceChosen,
    double[] referenceRejected,
    double[] chosenLengths,
    double[] rejectedLengths,
    double[] chosenScores,
    double[] rejectedScores,
    double[] mismatched) {

  /** The example whose values are known: log-ratios 1 and -0.5, lengths 5 and 4. */
  static Pairs example() {
    return new Pairs(
        new double[] {-10},
        new double[] {-12},
        new double[] {-11},
        new double[] {-11.5},
        new double[] {5},
        new double[] {4},
        new double[] {2},
        new double[] {0.5},
        new double[] {0.1, 0.3});
  }

  /** One pair with the given log-probabilities, otherwise as the example. */
  static Pairs of(
      double chosen, double rejected, double referenceChosen, double referenceRejected) {
    Pairs example = example();
    return new Pairs(
        new double[] {chosen},
        new double[] {rejected},
        new double[] {referenceChosen},
        new double[] {referenceRejected},
        example.chosenLengths,
        example.rejectedLengths,
        example.chosenScores,
        example.rejectedScores,
        example.mismatched);
  }

  /** {@return losses of the pairs and their gradients by chosen (0) and rejected (1)} */
  Differentiated differentiate(PreferenceLoss loss) {
    return differentiate("reference", loss);
  }

  Differentiated differentiate(String backend, PreferenceLoss loss) {
    return Differentiated.on(
        backend, inputs -> loss.losses(batch(inputs)), Input.of(chosen), Input.of(rejected));
  }

  PreferenceBatch batch(List<Variable> inputs) {
    var tape = inputs.get(0).tape();
    return PreferenceBatch.of(
            new PairLogprobs(inputs.get(0), inputs.get(1)),
            new PairLogprobs(
                tape.constant(inputs.get(0).shape(), referenceChosen),
                tape.constant(inputs.get(0).shape(), referenceRejected)))
        .withLengths(chosenLengths, rejectedLengths)
        .withScores(chosenScores, rejectedScores)
        .withMismatched(tape.constant(Shape.of(mismatched.length), mismatched));
  }
}
