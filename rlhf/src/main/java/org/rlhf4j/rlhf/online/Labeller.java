package org.rlhf4j.rlhf.online;

import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.feedback.Judge;

/** Someone who compares two completions of each prompt. */
@FunctionalInterface
public interface Labeller {
  /** What the completions are worth beside each other, each [pairs]; the higher is preferred. */
  record Scores(double[] first, double[] second) {}

  /** {@return the scores of pairs, in their order} */
  Scores compare(List<Sample> first, List<Sample> second);

  /** {@return a labeller that goes by a reward} */
  static Labeller of(Reward reward) {
    return (first, second) -> new Scores(reward.of(first), reward.of(second));
  }

  /** {@return a labeller that asks a judge; a score is the probability of being the better one} */
  static Labeller of(Judge judge) {
    return (first, second) -> {
      double[] better =
          IntStream.range(0, first.size())
              .mapToDouble(i ->
                  judge.preference(
                      first.get(i).prompt(), first.get(i).text(), second.get(i).text()))
              .toArray();
      return new Scores(
          better, java.util.Arrays.stream(better).map(probability -> 1 - probability).toArray());
    };
  }
}
