package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.transformer.Decoder;

/** Where the completions of an iteration come from. */
interface Completions extends AutoCloseable {
  /**
   * {@return groups of completions}
   *
   * @param round 0, then 1 and so on where more are wanted
   */
  List<Sample> take(int iteration, int round);

  /** Hears of the weights after an iteration's updates. */
  void learned(int iteration, Decoder policy);

  @Override
  void close();

  /** {@return completions of the policy as it is when they are asked for} */
  static Completions inTurns(PromptSampling source, Sampler sampler, Decoder policy) {
    return new Completions() {
      @Override
      public List<Sample> take(int iteration, int round) {
        return source.sample(sampler, policy, iteration, round);
      }

      @Override
      public void learned(int iteration, Decoder ignored) {}

      @Override
      public void close() {}
    };
  }
}
