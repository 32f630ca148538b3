package org.rlhf4j.transformer;

import java.util.Set;
import org.rlhf4j.tensor.Check;

/**
 * What generation does.
 *
 * @param sampling picks each token
 * @param maxNewTokens most tokens added to a prompt; fewer where the model's context ends
 * @param stopTokens tokens after which a sequence has ended; may be empty
 * @param cached whether keys and values of earlier columns are kept; without, each new token
 *     computes the whole sequence again, to the same result up to rounding
 */
public record GenerationConfig(
    Sampling sampling, int maxNewTokens, Set<Integer> stopTokens, boolean cached) {
  public GenerationConfig {
    Check.positive("maxNewTokens", maxNewTokens);
    stopTokens = Set.copyOf(stopTokens);
  }

  /** {@return generation with a key-value cache} */
  public static GenerationConfig of(Sampling sampling, int maxNewTokens, Integer... stopTokens) {
    return new GenerationConfig(sampling, maxNewTokens, Set.of(stopTokens), true);
  }

  /** {@return the same without the cache} */
  public GenerationConfig uncached() {
    return new GenerationConfig(sampling, maxNewTokens, stopTokens, false);
  }
}
