package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

class PreferenceCollectionTest {
  private static final WordTokenizer WORDS =
      WordTokenizer.of(List.of("<|im_start|> user \n assistant happy joy sad pain"));
  private static final Task MOODS =
      new Task(WORDS, new int[9], List.of(new Example("joy", "happy")), List.of("joy"), 4);

  /** Of an untrained policy, whose answers are random words: some happy, some sad, most cut off. */
  private static List<PreferencePair> pairs(double noise) throws Exception {
    DemoConfig tiny = TinyRun.config();
    DemoConfig config =
        new DemoConfig(
            tiny.seed(),
            tiny.data(),
            tiny.model(),
            tiny.sampling(),
            tiny.pretraining(),
            tiny.tuning(),
            new DemoConfig.Preferences(400, noise, 100),
            tiny.rewardModel(),
            tiny.ppo(),
            tiny.dpo(),
            tiny.evaluation());
    List<PreferencePair> pairs = new ArrayList<>();
    TinyRun.with(
        config, MOODS, run -> pairs.addAll(PreferenceCollection.run(run, TinyRun.decoder(run))));
    return pairs;
  }

  private static double wrong(List<PreferencePair> pairs) {
    return pairs.stream()
            .filter(p -> gold(p.chosen().completion()) < gold(p.rejected().completion()))
            .count()
        / (double) pairs.size();
  }

  private static double gold(int[] completion) {
    boolean finished = completion[completion.length - 1] == WORDS.end();
    return MoodReward.score(WORDS.decode(completion), finished);
  }

  @Test
  void withoutNoiseTheBetterAnswerIsChosen() throws Exception {
    List<PreferencePair> pairs = pairs(0);
    assertEquals(500, pairs.size());
    assertEquals(0, wrong(pairs));
  }

  /** 500 labels, each wrong with probability 0.3: 4 standard deviations are 0.082. */
  @Test
  void noiseTurnsThatManyLabelsRound() throws Exception {
    assertEquals(0.3, wrong(pairs(0.3)), 0.082);
  }
}
