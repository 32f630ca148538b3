package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * Pairs of a policy's own answers, labelled by a gold reward.
 *
 * @param labelNoise probability that a label of a training pair is turned round
 */
public record PairsConfig(int training, int heldOut, double labelNoise) {
  private static final int MOST_ROUNDS = 20;

  public PairsConfig {
    Check.positive("training", training);
    Check.positive("heldOut", heldOut);
    Check.range("labelNoise", labelNoise, 0, 0.5);
  }

  /**
   * Labelled pairs with the rewards that the labeller gave: the gold ones, the wrong way round
   * where the label is.
   */
  record Labelled(List<PreferencePair> pairs, double[] chosenScores, double[] rejectedScores) {
    /**
     * {@return the pairs with a reference's logprobs, which the losses of direct alignment read}
     */
    List<ReferencedPair> referenced(Decoder reference, Pool pool, int batchSize) {
      return ReferencedPair.of(pairs, chosenScores, rejectedScores, reference, pool, batchSize);
    }

    private Labelled part(int from, int to) {
      return new Labelled(
          pairs.subList(from, to),
          Arrays.copyOfRange(chosenScores, from, to),
          Arrays.copyOfRange(rejectedScores, from, to));
    }
  }

  /** Pairs to learn from, and others. */
  record Split(Labelled training, Labelled heldOut) {}

  /**
   * {@return labelled pairs; prompts whose answers tie are passed over}
   *
   * @throws IllegalStateException if nearly all answers tie
   */
  Split collect(Decoder policy, List<String> prompts, Sampler sampler, Reward gold, RandomKey key) {
    int wanted = training + heldOut;
    RandomGenerator noise = key.child("noise").generator();
    List<PreferencePair> pairs = new ArrayList<>();
    double[] chosen = new double[wanted];
    double[] rejected = new double[wanted];
    for (int round = 0; pairs.size() < wanted; round++) {
      if (round == MOST_ROUNDS) {
        throw new IllegalStateException(
            "%d rounds gave %d pairs of answers whose gold rewards differ, %d are wanted"
                .formatted(round, pairs.size(), wanted));
      }
      List<Sample> first = sampler.sample(policy, prompts, key.child(2L * round));
      List<Sample> second = sampler.sample(policy, prompts, key.child(2L * round + 1));
      double[] firstScores = gold.of(first);
      double[] secondScores = gold.of(second);
      for (int i = 0; i < first.size() && pairs.size() < wanted; i++) {
        if (firstScores[i] != secondScores[i]) {
          boolean turned = pairs.size() < training && noise.nextDouble() < labelNoise;
          boolean firstWins = firstScores[i] > secondScores[i] ^ turned;
          chosen[pairs.size()] = Math.max(firstScores[i], secondScores[i]);
          rejected[pairs.size()] = Math.min(firstScores[i], secondScores[i]);
          pairs.add(
              new PreferencePair(
                  (firstWins ? first : second).get(i).dialogue(),
                  (firstWins ? second : first).get(i).dialogue()));
        }
      }
    }
    Labelled all = new Labelled(pairs, chosen, rejected);
    return new Split(all.part(0, training), all.part(training, wanted));
  }
}
