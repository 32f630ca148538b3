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
 * @param key of the whole run
 */
record PromptSampling(List<String> prompts, OnlineConfig config, RandomKey key) {
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
      String prompt = prompts.get(random.nextInt(prompts.size()));
      if (i >= round * config.prompts()) {
        drawn.addAll(Collections.nCopies(config.groupSize(), prompt));
      }
    }
    return sampler.sample(policy, drawn, own.child("samples").child(round));
  }
}
