package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.transformer.Decoder;

/** Groups of two completions that are given, round by round; the reward is the text's number. */
class GroupSamplingTest {
  private static Sample sample(String reward, boolean finished, double... logprobs) {
    Dialogue dialogue = new Dialogue(new int[] {1}, new int[logprobs.length]);
    return new Sample("go", dialogue, reward, logprobs, finished);
  }

  private static Sample plain(String reward) {
    return sample(reward, true, -1);
  }

  @SafeVarargs
  private static GroupSampling.Outcome sampled(int resamplings, List<Sample>... rounds) {
    Completions given =
        new Completions() {
          @Override
          public List<Sample> take(int iteration, int round) {
            return rounds[round];
          }

          @Override
          public void learned(int iteration, Decoder policy) {}

          @Override
          public void close() {}
        };
    Reward number =
        samples -> samples.stream().mapToDouble(s -> Double.parseDouble(s.text())).toArray();
    OnlineConfig config = new OnlineConfig(1, 2, 2, 1, 4, 4, 1e-3, 1, 0.2, 0.5, resamplings);
    List<WeightedReward> rewards = List.of(new WeightedReward("number", 1, number));
    return new GroupSampling(given, rewards, config).sample(0);
  }

  private static List<String> texts(GroupSampling.Outcome outcome) {
    List<String> texts = new ArrayList<>();
    outcome.groups().forEach(group -> group.forEach(scored -> texts.add(scored.sample().text())));
    return texts;
  }

  /** Rewards 1, 3 | 2, 2; lengths 1, 2, 3, 2; one of four cut off. */
  @Test
  void figuresOfARound() {
    Map<String, Double> metrics =
        sampled(
                0,
                List.of(
                    sample("1", true, -0.5),
                    sample("3", false, -1, -2),
                    sample("2", true, -0.25, -0.25, -1),
                    sample("2", true, -1, -2)))
            .metrics();
    Map<String, Double> expected =
        Map.of(
            "reward/mean", 2.0,
            "reward/std", Math.sqrt(0.5),
            "rewards/number", 2.0,
            "frac_zero_std", 0.5,
            "completion/mean_length", 2.0,
            "completion/truncated", 0.25,
            "entropy", 1.0);
    assertEquals(expected.keySet(), metrics.keySet());
    expected.forEach((name, value) -> assertEquals(value, metrics.get(name), 1e-12, name));
  }

  /** Groups without contrast give way to those of the next round, as many as are wanted. */
  @Test
  void groupsAreReplacedUntilThereAreEnough() {
    List<Sample> first = Arrays.asList(plain("1"), plain("1"), plain("1"), plain("2"));
    List<Sample> second = List.of(plain("3"), plain("4"), plain("5"), plain("6"));
    assertEquals(List.of("1", "2", "3", "4"), texts(sampled(1, first, second)));
    assertEquals(List.of("1", "1", "1", "2"), texts(sampled(0, first)));
    assertEquals(List.of("1", "2"), texts(sampled(1, first, first.subList(0, 2))));
  }
}
