package org.rlhf4j.rlhf.online;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/** What samples look like, and what they are worth. */
final class SampleFigures {
  private SampleFigures() {}

  /**
   * {@return mean and deviation of the rewards, how long the samples are and how many were cut off,
   * and the mean negative log-probability of the drawn tokens: an unbiased estimate of the entropy
   * a token}
   *
   * @param rewards one a sample
   */
  static Map<String, Double> of(List<Sample> samples, double[] rewards) {
    double count = samples.size();
    double tokens = samples.stream().mapToInt(Sample::length).sum();
    double drawn = samples.stream().mapToInt(s -> Rows.count(s.dialogue().learned())).sum();
    double finished = samples.stream().filter(Sample::finished).count();
    double surprise = samples.stream().mapToDouble(s -> -Rows.sum(s.logprobs())).sum();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("reward/mean", Rows.mean(rewards));
    figures.put("reward/std", Variance.POPULATION.deviation(rewards));
    figures.put("completion/mean_length", tokens / count);
    figures.put("completion/truncated", 1 - finished / count);
    figures.put("entropy", surprise / drawn);
    return figures;
  }
}
