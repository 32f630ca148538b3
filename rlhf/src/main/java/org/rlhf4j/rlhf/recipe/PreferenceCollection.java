package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * Stage 3: two answers of the tuned policy to each prompt, labelled by the gold reward. Ties are
 * dropped; a label is wrong with the probability of the label noise.
 */
final class PreferenceCollection {
  static final String NAME = "preferences";

  private PreferenceCollection() {}

  /** {@return pairs in the order they were made; the last ones are for testing} */
  static List<PreferencePair> run(Run run, Decoder policy) {
    DemoConfig.Preferences config = run.config().preferences();
    RandomKey key = run.key().child(NAME);
    RandomGenerator noise = key.child("noise").generator();
    int wanted = config.pairs() + config.heldOut();
    int perRound = run.config().sampling().batchSize();
    List<PreferencePair> pairs = new ArrayList<>();
    List<Example> examples = run.task().examples();
    int ties = 0;
    try (Progress progress = new Progress(NAME, wanted)) {
      for (int round = 0; pairs.size() < wanted && ties <= 20 * wanted; round++) {
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < perRound; i++) {
          prompts.add(examples.get((round * perRound + i) % examples.size()).prompt());
        }
        List<Sample> first = run.sampler().sample(policy, prompts, key.child(2L * round));
        List<Sample> second = run.sampler().sample(policy, prompts, key.child(2L * round + 1));
        for (int i = 0; i < perRound && pairs.size() < wanted; i++) {
          double difference = gold(first.get(i)) - gold(second.get(i));
          if (difference == 0) {
            ties++;
            continue;
          }
          boolean firstWins = difference > 0 ^ noise.nextDouble() < config.labelNoise();
          Sample winner = firstWins ? first.get(i) : second.get(i);
          Sample loser = firstWins ? second.get(i) : first.get(i);
          pairs.add(new PreferencePair(winner.dialogue(), loser.dialogue()));
          progress.step(
              winner.dialogue().length() + loser.dialogue().length(), "gap", Math.abs(difference));
        }
      }
    }
    if (pairs.size() < wanted) {
      throw new IllegalStateException(
          "the policy's answers nearly always tie in gold reward (%d ties, %d pairs); train it longer"
              .formatted(ties, pairs.size()));
    }
    run.journal().log(NAME, 0, Map.of("pairs", (double) pairs.size(), "ties", (double) ties));
    return pairs;
  }

  /** {@return the gold rewards of samples, in their order} */
  static double[] gold(List<Sample> samples) {
    return samples.stream().mapToDouble(PreferenceCollection::gold).toArray();
  }

  private static double gold(Sample sample) {
    return MoodReward.score(sample.text(), sample.finished());
  }
}
