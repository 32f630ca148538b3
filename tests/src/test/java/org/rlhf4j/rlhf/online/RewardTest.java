package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Tiny;

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

  private static Sample sample(String prompt, int length) {
    Dialogue dialogue = new Dialogue(new int[] {1}, new int[length]);
    return new Sample(prompt, dialogue, "", new double[length], true);
  }

  /** Groups of different prompts, one inside the other; the second answer to a is wrong. */
  @Test
  void beingBriefCountsAmongTheAnswersToAPrompt() {
    Reward right = _ -> new double[] {1, 1, 0, 0, 1};
    List<Sample> samples =
        List.of(sample("a", 2), sample("b", 9), sample("a", 4), sample("b", 3), sample("a", 6));
    assertArrayEquals(new double[] {0.5, -0.5, 0, 0, -0.5}, right.brief().of(samples), 1e-15);
  }

  /** Half a cosine from 1 (or -1 for what is wrong) to 0. */
  @Test
  void rightAnswersHadBetterBeShortAndWrongOnesLong() {
    Reward right = _ -> new double[] {1, 0, 1, 0};
    List<Sample> samples = List.of(sample("a", 1), sample("a", 1), sample("a", 4), sample("a", 4));
    double early = (1 + Math.cos(Math.PI / 4)) / 2;
    assertArrayEquals(new double[] {early, -early, 0, 0}, right.cosine(4).of(samples), 1e-15);
    assertArrayEquals(new double[] {1, 1, 16, 16}, Reward.ofLength(n -> n * n).of(samples));
  }

  /** Batches of similar length give every sample its own score. */
  @Test
  void learnedScoresComeInTheOrderOfTheSamples() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model =
              RewardModeling.start(TinyPolicy.decoder(workspace), workspace, new RandomKey(3));
          List<Sample> samples =
              TinyPolicy.sampler(1, 6, 8, pool)
                  .sample(TinyPolicy.decoder(workspace), TinyPolicy.PROMPTS, new RandomKey(4));
          double[] scores = Reward.learned(model, pool, 3).of(samples);
          for (int i = 0; i < scores.length; i++) {
            Dialogue alone = samples.get(i).dialogue();
            assertEquals(model.score(List.of(alone), pool, 1)[0], scores[i], 1e-12);
          }
          assertTrue(samples.get(0).dialogue().length() != samples.get(1).dialogue().length());
        });
  }
}
