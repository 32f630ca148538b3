package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.policy.GroupAdvantage;
import org.rlhf4j.rlhf.train.Order;

/**
 * Groups of rewarded completions, each of one prompt. With resampling, groups whose rewards are all
 * equal are replaced by others while rounds are left; what is still missing then is missing.
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

  /**
   * The mean negative log-probability of the drawn tokens is an unbiased estimate of the entropy a
   * token.
   */
  private Map<String, Double> metrics(List<List<ScoredSample>> groups) {
    List<ScoredSample> all = groups.stream().flatMap(List::stream).toList();
    double count = all.size();
    double tokens = all.stream().mapToInt(scored -> scored.sample().length()).sum();
    double drawn = all.stream().mapToInt(s -> Rows.count(s.sample().dialogue().learned())).sum();
    double finished = all.stream().filter(scored -> scored.sample().finished()).count();
    double surprise = all.stream().mapToDouble(s -> -Rows.sum(s.sample().logprobs())).sum();
    double flat = groups.stream().filter(group -> !contrasts(group)).count();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("reward/mean", Rows.mean(ScoredSample.rewards(all)));
    metrics.put("reward/std", Variance.POPULATION.deviation(ScoredSample.rewards(all)));
    for (int k = 0; k < rewards.size(); k++) {
      int part = k;
      metrics.put(
          "rewards/" + rewards.get(k).name(),
          all.stream().mapToDouble(scored -> scored.parts()[part]).sum() / count);
    }
    metrics.put("frac_zero_std", flat / groups.size());
    metrics.put("completion/mean_length", tokens / count);
    metrics.put("completion/truncated", 1 - finished / count);
    metrics.put("entropy", surprise / drawn);
    return metrics;
  }
}
