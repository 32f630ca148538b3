package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * Which prompts an iteration asks, and from which randomness its completions come: the same for
 * whoever asks the policy, and whenever.
 *
 * @param order of the prompts; none draws each as often as any
 * @param key of the whole run
 */
record PromptSampling(
    List<String> prompts, List<PromptOrder> order, OnlineConfig config, RandomKey key) {
  /** Of prompts in no order. */
  PromptSampling(List<String> prompts, OnlineConfig config, RandomKey key) {
    this(prompts, List.of(), config, key);
  }

  /**
   * {@return groups of completions, each of one prompt, one group after another}
   *
   * @param round 0, or how often prompts were drawn for this iteration already
   */
  List<Sample> sample(Sampler sampler, Decoder policy, int iteration, int round) {
    RandomKey own = key.child(iteration);
    RandomGenerator random = own.child("prompts").generator();
    List<String> drawn = new ArrayList<>();
    for (int i = 0; i < (round + 1) * config.prompts(); i++) {
      String prompt = draw(iteration, random);
      if (i >= round * config.prompts()) {
        drawn.addAll(Collections.nCopies(config.groupSize(), prompt));
      }
    }
    return sampler.sample(policy, drawn, own.child("samples").child(round));
  }

  private String draw(int iteration, RandomGenerator random) {
    if (order.isEmpty()) {
      return prompts.get(random.nextInt(prompts.size()));
    }
    int place = order.getFirst().draw(iteration / (double) config.iterations(), random);
    if (place < 0 || place >= prompts.size()) {
      throw new IllegalArgumentException(
          "the order of prompts drew number %d of %d, counted from 0"
              .formatted(place, prompts.size()));
    }
    return prompts.get(place);
  }
}
