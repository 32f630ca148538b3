package org.rlhf4j.rlhf.offline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Decoder;

/**
 * A pair with everything about it that does not change while a policy learns from it. The reference
 * is asked once, before training.
 *
 * @param chosen log-probability of the chosen completion under the reference
 * @param rejected that of the rejected one
 * @param chosenScore reward of the chosen completion, for the losses that use it
 * @param rejectedScore that of the rejected one
 * @param mismatched the pair's prompt with a completion to another prompt, for KTO; none where all
 *     prompts are equal
 */
public record ReferencedPair(
    PreferencePair pair,
    double chosen,
    double rejected,
    double chosenScore,
    double rejectedScore,
    List<Mismatch> mismatched) {

  /**
   * A completion that is no answer to its prompt.
   *
   * @param reference log-probability under the reference
   */
  public record Mismatch(Dialogue dialogue, double reference) {}

  /**
   * {@return the pairs, judged by the reference}
   *
   * @param chosenScores rewards of the chosen completions, [pairs]
   * @param rejectedScores rewards of the rejected ones, [pairs]
   * @param batchSize dialogues at once; the result is the same for any
   */
  public static List<ReferencedPair> of(
      List<PreferencePair> pairs,
      double[] chosenScores,
      double[] rejectedScores,
      Decoder reference,
      Pool pool,
      int batchSize) {
    Rows.requireSameLength("chosen scores", chosenScores.length, "pairs", pairs.size());
    Rows.requireSameLength("rejected scores", rejectedScores.length, "pairs", pairs.size());
    List<Dialogue> mismatched = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      mismatched.addAll(mismatch(pairs, i));
    }
    double[] chosen =
        logprobs(pairs.stream().map(PreferencePair::chosen).toList(), reference, pool, batchSize);
    double[] rejected =
        logprobs(pairs.stream().map(PreferencePair::rejected).toList(), reference, pool, batchSize);
    double[] others = logprobs(mismatched, reference, pool, batchSize);
    List<ReferencedPair> judged = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      judged.add(
          new ReferencedPair(
              pairs.get(i),
              chosen[i],
              rejected[i],
              chosenScores[i],
              rejectedScores[i],
              mismatched.isEmpty()
                  ? List.of()
                  : List.of(new Mismatch(mismatched.get(i), others[i]))));
    }
    return judged;
  }

  /** {@return pair i's prompt with the chosen completion of the next pair that has another one} */
  private static List<Dialogue> mismatch(List<PreferencePair> pairs, int i) {
    Dialogue own = pairs.get(i).chosen();
    for (int step = 1; step < pairs.size(); step++) {
      Dialogue other = pairs.get((i + step) % pairs.size()).chosen();
      if (!Arrays.equals(own.prompt(), other.prompt())) {
        return List.of(new Dialogue(own.prompt(), other.completion(), other.learned()));
      }
    }
    return List.of();
  }

  private static double[] logprobs(
      List<Dialogue> dialogues, Decoder reference, Pool pool, int batchSize) {
    return Likelihoods.ofCompletions(reference, dialogues, 1, pool, batchSize).stream()
        .mapToDouble(Rows::sum)
        .toArray();
  }
}
