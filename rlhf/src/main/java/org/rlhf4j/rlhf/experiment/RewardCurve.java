package org.rlhf4j.rlhf.experiment;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.train.Journal;

/**
 * How rewards went while a policy left its start, d = sqrt(KL(pi || start)) in the manner of Gao
 * (arXiv 2210.10760): means over windows of iterations, since a single one is noise.
 *
 * @param distance sqrt of the mean KL of each window, in nats^(1/2)
 * @param gold mean of the true reward, which was only watched
 * @param proxy mean of the reward that was optimised
 */
record RewardCurve(double[] distance, double[] gold, double[] proxy) {
  /**
   * {@return the curve of a stage}
   *
   * @param window iterations that are averaged; a last partial window is left out
   */
  static RewardCurve of(Journal journal, String stage, int window) {
    List<Journal.Entry> entries =
        journal.entries().stream().filter(entry -> entry.stage().equals(stage)).toList();
    double[] kl = means(entries, "kl", window);
    return new RewardCurve(
        Arrays.stream(kl).map(value -> Math.sqrt(Math.max(0, value))).toArray(),
        means(entries, "rewards/gold", window),
        means(entries, "rewards/proxy", window));
  }

  private static double[] means(List<Journal.Entry> entries, String metric, int window) {
    return IntStream.range(0, entries.size() / window)
        .mapToDouble(w ->
            entries.subList(w * window, (w + 1) * window).stream()
                .mapToDouble(entry -> entry.metrics().getOrDefault(metric, 0.0))
                .average()
                .orElseThrow())
        .toArray();
  }

  /** {@return the window of the highest gold reward} */
  int peak() {
    int best = 0;
    for (int w = 1; w < gold.length; w++) {
      best = gold[w] > gold[best] ? w : best;
    }
    return best;
  }

  int last() {
    return gold.length - 1;
  }
}
