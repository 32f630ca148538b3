package org.rlhf4j.rlhf.offline;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.train.StepOutcome;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/** A step of every direct-alignment loss on emulated CUDA, against double precision. */
class EmulatedPreferenceStepTest {
  private static final double LEARNING_RATE = 1e-3;
  private static final WordTokenizer WORDS = WordTokenizer.of(List.of("= go red green blue"));

  static Stream<PreferenceLoss> losses() {
    return PreferenceOptimizationTest.losses();
  }

  @ParameterizedTest
  @MethodSource("losses")
  void changesWhatTheReferenceChanges(PreferenceLoss loss) throws Exception {
    on("reference", loss).assertAgrees(on("cuda-emulated", loss), LEARNING_RATE);
  }

  private static StepOutcome on(String device, PreferenceLoss loss) throws Exception {
    List<StepOutcome> outcome = new ArrayList<>();
    Tiny.on(
        device,
        (pool, workspace) -> {
          Decoder policy =
              Tiny.decoder(
                  DecoderConfig.llama(WORDS.vocabularySize(), 16, 8, 2, 2, 2, 16), workspace);
          // a policy that has left its reference: margins of either sign, kinks out of reach
          List<ReferencedPair> pairs = new ArrayList<>();
          var random = new RandomKey(6).generator();
          for (ReferencedPair pair :
              ReferencedPair.of(pairs(), new double[] {1, 2, 1}, new double[3], policy, pool, 3)) {
            pairs.add(
                new ReferencedPair(
                    pair.pair(),
                    pair.chosen() + 0.3 * random.nextGaussian(),
                    pair.rejected() + 0.3 * random.nextGaussian(),
                    pair.chosenScore(),
                    pair.rejectedScore(),
                    pair.mismatched()));
          }
          Trainer trainer =
              new Trainer(
                  policy.parameters(),
                  AdamW.Config.TUNING,
                  Schedule.constant(LEARNING_RATE),
                  1,
                  workspace);
          outcome.add(
              StepOutcome.of(
                  trainer.step(List.of(pairs), new PreferenceObjective(policy, loss)),
                  policy.parameters()));
        });
    return outcome.getFirst();
  }

  private static List<PreferencePair> pairs() {
    Template template = Template.plain(WORDS);
    List<PreferencePair> pairs = new ArrayList<>();
    for (String prompt : List.of("go", "go go", "red go")) {
      pairs.add(
          new PreferencePair(
              template.dialogue(new Example(prompt, "green red")),
              template.dialogue(new Example(prompt, "blue"))));
    }
    return pairs;
  }
}
