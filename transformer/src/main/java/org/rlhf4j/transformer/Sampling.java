package org.rlhf4j.transformer;

import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.kernel.TokenDraw;

/**
 * How the next token follows from its logits; {@link TokenDraw} states the law.
 *
 * <p>Whatever is left out, the log-probability of what was drawn is that of the whole vocabulary at
 * the sampling temperature, log softmax(logits / temperature)[token]: the number that training
 * recomputes from the same logits. Under top-k or top-p the tokens come from a narrower
 * distribution than this; the ratio of both, the kept mass, is a known bias of training on such
 * samples.
 */
public sealed interface Sampling {
  /** {@return the most probable token, the first of equals} */
  static Sampling greedy() {
    return new Greedy();
  }

  /** {@return draws from softmax(logits / temperature), nothing left out} */
  static Stochastic at(double temperature) {
    return new Stochastic(temperature, Stochastic.ALL, 1);
  }

  /** {@return the same in the terms of the kernels} */
  TokenDraw.Law law();

  /** {@return what logits are divided by before the softmax that logprobs refer to} */
  default double temperature() {
    return law().divisor();
  }

  /**
   * {@return the next token}
   *
   * @param logits one per token of the vocabulary; -inf excludes a token; not modified
   * @param key where the randomness of this one draw comes from
   * @throws ArithmeticException if a logit is NaN or +inf, or all are -inf
   */
  default TokenDraw draw(double[] logits, RandomKey key) {
    return TokenDraw.of(logits, law(), uniform(key));
  }

  /** {@return the number in [0, 1) that decides the draw of a key} */
  static double uniform(RandomKey key) {
    return key.generator().nextDouble();
  }

  /** argmax; logprobs at temperature 1. */
  record Greedy() implements Sampling {
    @Override
    public TokenDraw.Law law() {
      return new TokenDraw.Law(0, 1, 1);
    }
  }

  /**
   * A draw from softmax(logits / temperature), cut to the {@code topK} most probable tokens, then
   * to the smallest set of the most probable of those whose renormalized probability reaches {@code
   * topP} (arXiv 1904.09751). Of equally probable tokens the one with the smaller id stays.
   *
   * @param temperature above 0; towards 0 the draw becomes greedy
   * @param topK how many tokens may be drawn; {@link #ALL} for no limit
   * @param topP in (0, 1]; 1 for no limit
   */
  record Stochastic(double temperature, int topK, double topP) implements Sampling {
    /** The {@code topK} that leaves nothing out. */
    public static final int ALL = Integer.MAX_VALUE;

    public Stochastic {
      Check.positive("temperature", temperature);
      Check.positive("topK", topK);
      Check.positive("topP", topP);
      Check.range("topP", topP, 0, 1);
    }

    public Stochastic topK(int k) {
      return new Stochastic(temperature, k, topP);
    }

    public Stochastic topP(double p) {
      return new Stochastic(temperature, topK, p);
    }

    @Override
    public TokenDraw.Law law() {
      return new TokenDraw.Law(temperature, topK, topP);
    }
  }
}
