package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.train.Journal;

class RewardCurveTest {
  @TempDir private Path folder;

  /** Windows of two, of one stage alone; the fifth iteration fills none. */
  @Test
  void windowsAreAveragedAndTheDistanceIsTheRootOfTheMeanKl() {
    Journal journal = new Journal(folder.resolve("metrics.jsonl"));
    double[] kl = {-0.5, 0.1, 3, 5, 99};
    double[] gold = {0, 1, 3, 4, 99};
    for (int i = 0; i < kl.length; i++) {
      journal.log("other", i, Map.of("kl", 7.0, "rewards/gold", 7.0, "rewards/proxy", 7.0));
      journal.log(
          "ppo", i, Map.of("kl", kl[i], "rewards/gold", gold[i], "rewards/proxy", -gold[i]));
    }
    RewardCurve curve = RewardCurve.of(journal, "ppo", 2);
    assertArrayEquals(new double[] {0, 2}, curve.distance(), 1e-12);
    assertArrayEquals(new double[] {0.5, 3.5}, curve.gold(), 1e-12);
    assertArrayEquals(new double[] {-0.5, -3.5}, curve.proxy(), 1e-12);
    assertEquals(1, curve.peak());
    assertEquals(1, curve.last());
  }
}
