package org.rlhf4j.rlhf.experiment;

import java.util.List;
import java.util.stream.Stream;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.rlhf.verify.ProblemSet;
import org.rlhf4j.rlhf.verify.ProblemSource;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;

/**
 * What is asked.
 *
 * @param source such as {@code {Reversal: {letters: {alphabet: abcd, least: 2, most: 4}}}}
 * @param training how many different problems are trained on
 * @param heldOut how many others are tested on
 * @param heldOutShare about how many of all possible problems are kept apart for that
 */
public record ProblemsConfig(ProblemSource source, int training, int heldOut, double heldOutShare) {
  public ProblemsConfig {
    Check.positive("training", training);
    Check.positive("heldOut", heldOut);
  }

  /** The problems themselves. */
  record Drawn(List<Problem> training, List<Problem> heldOut) {
    /** {@return tokens of the longest answer, end token included} */
    int longestAnswer(Template template) {
      return Stream.concat(training.stream(), heldOut.stream())
          .mapToInt(problem -> template.completion(problem.answer()).length)
          .max()
          .orElseThrow();
    }
  }

  Drawn draw(RandomKey key) {
    ProblemSet set = new ProblemSet(source, key, heldOutShare);
    return new Drawn(set.training(training), set.heldOut(heldOut));
  }
}
