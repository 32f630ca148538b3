package org.rlhf4j.rlhf.offline;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.train.DeviceStep;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/** A step of every direct-alignment loss on emulated CUDA, against double precision. */
class EmulatedPreferenceStepTest {
  private static final WordTokenizer WORDS = WordTokenizer.of(List.of("= go red green blue"));

  static Stream<PreferenceLoss> losses() {
    return PreferenceOptimizationTest.losses();
  }

  @ParameterizedTest
  @MethodSource("losses")
  void changesWhatTheReferenceChangesAndWaitsOnce(PreferenceLoss loss) throws Exception {
    DeviceStep.assertAgreesAndWaitsOnce((pool, workspace) -> {
      Decoder policy =
          Tiny.decoder(DecoderConfig.llama(WORDS.vocabularySize(), 16, 8, 2, 2, 2, 16), workspace);
      return DeviceStep.Training.of(
          policy.parameters(),
          List.of(referenced(policy, pool)),
          new PreferenceObjective(policy, loss),
          workspace);
    });
  }

  /** Pairs of a policy that has left its reference: margins of either sign, no kink in reach. */
  private static List<ReferencedPair> referenced(Decoder policy, Pool pool) {
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
    return pairs;
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
