package org.rlhf4j.rlhf.offline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.PairLogprobs;
import org.rlhf4j.rlhf.direct.PreferenceBatch;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.transformer.Decoder;

/** A direct-alignment loss of a policy on pairs whose reference log-probabilities are known. */
public record PreferenceObjective(Decoder policy, PreferenceLoss loss)
    implements Objective<List<ReferencedPair>> {

  @Override
  public Totals totals(List<ReferencedPair> pairs) {
    return new Totals(pairs.size(), pairs.size());
  }

  @Override
  public LossOutput loss(Tape tape, List<ReferencedPair> pairs, Totals totals) {
    List<Dialogue> both = new ArrayList<>();
    pairs.forEach(pair -> both.add(pair.pair().chosen()));
    pairs.forEach(pair -> both.add(pair.pair().rejected()));
    Variable logprobs =
        Likelihoods.sequences(tape, policy, DialogueBatch.of(both), Mode.EVALUATION);
    int size = pairs.size();
    PreferenceBatch batch =
        PreferenceBatch.of(
                new PairLogprobs(logprobs.slice(0, 0, size), logprobs.slice(0, size, 2 * size)),
                new PairLogprobs(
                    constant(tape, pairs, ReferencedPair::chosen),
                    constant(tape, pairs, ReferencedPair::rejected)))
            .withLengths(
                numbers(pairs, pair -> Rows.count(pair.pair().chosen().learned())),
                numbers(pairs, pair -> Rows.count(pair.pair().rejected().learned())))
            .withScores(
                numbers(pairs, ReferencedPair::chosenScore),
                numbers(pairs, ReferencedPair::rejectedScore));
    return loss.apply(loss instanceof Kto ? batch.withMismatched(mismatched(tape, pairs)) : batch)
        .part(size / (double) totals.sequences());
  }

  /** {@return log-ratios of completions to prompts that are not theirs, without gradient} */
  private Variable mismatched(Tape tape, List<ReferencedPair> pairs) {
    List<ReferencedPair.Mismatch> mismatches =
        pairs.stream().flatMap(pair -> pair.mismatched().stream()).toList();
    if (mismatches.isEmpty()) {
      throw new IllegalArgumentException(
          "this loss compares answers to different prompts, and all prompts are equal");
    }
    DialogueBatch batch =
        DialogueBatch.of(mismatches.stream().map(ReferencedPair.Mismatch::dialogue).toList());
    try (Tape noGradient = Tape.noGrad(tape.workspace().pool())) {
      Variable logprobs = Likelihoods.sequences(noGradient, policy, batch, Mode.EVALUATION);
      double[] reference =
          mismatches.stream().mapToDouble(ReferencedPair.Mismatch::reference).toArray();
      return tape.copy(logprobs).sub(tape.constant(logprobs.shape(), reference));
    }
  }

  private static Variable constant(
      Tape tape, List<ReferencedPair> pairs, ToDoubleFunction<ReferencedPair> field) {
    double[] values = numbers(pairs, field);
    return tape.constant(Shape.of(values.length), values);
  }

  private static double[] numbers(
      List<ReferencedPair> pairs, ToDoubleFunction<ReferencedPair> field) {
    return pairs.stream().mapToDouble(field).toArray();
  }
}
