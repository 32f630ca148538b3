package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rlhf4j.rlhf.policy.GroupAdvantage;
import org.rlhf4j.rlhf.train.Order;

/**
 * Groups of rewarded completions, each of one prompt. With resampling (DAPO's dynamic sampling,
 * arXiv 2503.14476), groups whose rewards are all equal, which give no gradient and dilute the
 * batch, are replaced by others while rounds are left; what is still missing then is missing.
 */
record GroupSampling(Completions completions, List<WeightedReward> rewards, OnlineConfig config) {

  /**
   * @param groups to learn from, all of one size
   * @param metrics of everything that was sampled, dropped groups too
   */
  record Outcome(List<List<ScoredSample>> groups, Map<String, Double> metrics) {}

  Outcome sample(int iteration) {
    List<List<ScoredSample>> all = new ArrayList<>();
    List<List<ScoredSample>> kept = new ArrayList<>();
    for (int round = 0; round <= config.resamplings() && kept.size() < config.prompts(); round++) {
      List<Sample> samples = completions.take(iteration, round);
      for (List<ScoredSample> group :
          Order.parts(WeightedReward.score(rewards, samples), config.groupSize())) {
        all.add(group);
        if (kept.size() < config.prompts() && (config.resamplings() == 0 || contrasts(group))) {
          kept.add(group);
        }
      }
    }
    return new Outcome(kept, metrics(all));
  }

  private static boolean contrasts(List<ScoredSample> group) {
    return GroupAdvantage.isInformative(ScoredSample.rewards(group));
  }

  private Map<String, Double> metrics(List<List<ScoredSample>> groups) {
    List<ScoredSample> all = groups.stream().flatMap(List::stream).toList();
    double flat = groups.stream().filter(group -> !contrasts(group)).count();
    Map<String, Double> metrics =
        SampleFigures.of(
            all.stream().map(ScoredSample::sample).toList(), ScoredSample.rewards(all));
    for (int k = 0; k < rewards.size(); k++) {
      int part = k;
      metrics.put(
          "rewards/" + rewards.get(k).name(),
          all.stream().mapToDouble(scored -> scored.parts()[part]).average().orElseThrow());
    }
    metrics.put("frac_zero_std", flat / groups.size());
    return metrics;
  }
}
