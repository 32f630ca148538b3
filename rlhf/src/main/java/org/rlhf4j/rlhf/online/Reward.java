package org.rlhf4j.rlhf.online;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.data.LengthSorted;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.verify.LengthReward;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.rlhf.verify.VerifiableReward;
import org.rlhf4j.tensor.Pool;

/** What a policy is optimised for: a number for every completion, from wherever it comes. */
@FunctionalInterface
public interface Reward {
  /** {@return the rewards of samples, in their order} */
  double[] of(List<Sample> samples);

  /** {@return a program's: a check of the answers to these problems} */
  static Reward verifiable(List<Problem> problems, VerifiableReward check) {
    Map<String, Problem> byPrompt = new HashMap<>();
    problems.forEach(problem -> byPrompt.put(problem.prompt(), problem));
    return samples ->
        samples.stream()
            .mapToDouble(sample -> {
              Problem problem = byPrompt.get(sample.prompt());
              if (problem == null) {
                throw new IllegalArgumentException(
                    "no problem has the prompt '%s'".formatted(sample.prompt()));
              }
              return check.score(problem, sample.text());
            })
            .toArray();
  }

  /** {@return a learned one: the score of a reward model} */
  static Reward learned(RewardModel model, Pool pool, int batchSize) {
    return samples ->
        LengthSorted.score(
            samples,
            sample -> sample.dialogue().length(),
            batchSize,
            batch -> model.score(Sample.dialogues(batch), pool, batchSize));
  }

  /** {@return -1 for a completion that was cut off, else 0} */
  static Reward unfinished() {
    return samples -> samples.stream().mapToDouble(sample -> sample.finished() ? 0 : -1).toArray();
  }

  /** {@return what a program says of the number of tokens} */
  static Reward ofLength(IntToDoubleFunction score) {
    return samples -> samples.stream().mapToDouble(s -> score.applyAsDouble(s.length())).toArray();
  }

  /**
   * {@return {@link LengthReward#withinGroup} among the answers to each prompt, of which those are
   * correct that have 1 from this reward}
   */
  default Reward brief() {
    return samples -> {
      double[] right = of(samples);
      double[] rewards = new double[right.length];
      Map<String, List<Integer>> groups =
          IntStream.range(0, right.length)
              .boxed()
              .collect(Collectors.groupingBy(i -> samples.get(i).prompt()));
      for (List<Integer> group : groups.values()) {
        boolean[] correct = new boolean[group.size()];
        for (int k = 0; k < correct.length; k++) {
          correct[k] = right[group.get(k)] == 1;
        }
        double[] own =
            LengthReward.withinGroup(
                group.stream().mapToInt(i -> samples.get(i).length()).toArray(), correct);
        for (int k = 0; k < own.length; k++) {
          rewards[group.get(k)] = own[k];
        }
      }
      return rewards;
    };
  }

  /**
   * {@return {@link LengthReward#cosine}, from 1 to 0 for answers that have 1 from this reward, and
   * from -1 to 0 for the others}
   */
  default Reward cosine(int maxLength) {
    return samples -> {
      double[] right = of(samples);
      return IntStream.range(0, right.length)
          .mapToDouble(i ->
              LengthReward.cosine(samples.get(i).length(), maxLength, right[i] == 1 ? 1 : -1, 0))
          .toArray();
    };
  }

  /**
   * {@return this reward, shifted and scaled to mean 0 and variance 1 over the given samples} They
   * are the reference policy's: a preference says nothing of r + constant.
   */
  default Reward standardised(List<Sample> samplesOfReference) {
    double[] scores = of(samplesOfReference);
    double mean = Rows.mean(scores);
    double deviation = Variance.POPULATION.deviation(scores) + 1e-6;
    return samples -> Arrays.stream(of(samples)).map(score -> (score - mean) / deviation).toArray();
  }
}
