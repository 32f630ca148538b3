package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.Dialogue;

class RewardTest {
  private static Sample sample(int length) {
    Dialogue dialogue = new Dialogue(new int[] {1}, new int[length]);
    return new Sample("go", dialogue, "", new double[length], length != 4);
  }

  /** Lengths 1, 3, 5 have mean 3 and variance 8 / 3. */
  @Test
  void standardisedOnTheSamplesOfAReference() {
    Reward length = samples -> samples.stream().mapToDouble(Sample::length).toArray();
    double deviation = Math.sqrt(8 / 3.0) + 1e-6;
    assertArrayEquals(
        new double[] {4 / deviation, -2 / deviation},
        length
            .standardised(List.of(sample(1), sample(3), sample(5)))
            .of(List.of(sample(7), sample(1))),
        1e-12);
  }

  @Test
  void whatWasCutOffCostsOne() {
    assertArrayEquals(new double[] {0, -1}, Reward.unfinished().of(List.of(sample(3), sample(4))));
  }
}
