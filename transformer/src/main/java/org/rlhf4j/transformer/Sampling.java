package org.rlhf4j.transformer;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;

/**
 * How the next token follows from its logits.
 *
 * <p>Whatever is left out, the log-probability of what was drawn is that of the whole vocabulary at
 * the sampling temperature, log softmax(logits / temperature)[token]: the number that training
 * recomputes from the same logits. Under top-k or top-p the tokens come from a narrower
 * distribution than this; the ratio of both, the kept mass, is a known bias of training on such
 * samples.
 */
public sealed interface Sampling {
  /** The most probable token, the first of equals. */
  Sampling GREEDY = new Greedy();

  /** {@return draws from softmax(logits / temperature), nothing left out} */
  static Stochastic at(double temperature) {
    return new Stochastic(temperature, Stochastic.ALL, 1);
  }

  /**
   * A token and how likely it was.
   *
   * @param logprob log softmax(logits / temperature)[token], in nats
   */
  record Draw(int token, double logprob) {}

  /** {@return what logits are divided by before the softmax that logprobs refer to} */
  double temperature();

  /**
   * {@return the next token}
   *
   * @param logits one per token of the vocabulary; -inf excludes a token; not modified
   * @param key where the randomness of this one draw comes from
   * @throws ArithmeticException if a logit is NaN or +inf, or all are -inf
   */
  Draw draw(double[] logits, RandomKey key);

  /** argmax; logprobs at temperature 1. */
  record Greedy() implements Sampling {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public Draw draw(double[] logits, RandomKey key) {
      int best = 0;
      for (int token = 1; token < logits.length; token++) {
        best = logits[token] > logits[best] ? token : best;
      }
      return new Draw(best, logSoftmax(logits, 1)[best]);
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
    public Draw draw(double[] logits, RandomKey key) {
      double[] logprobs = logSoftmax(logits, temperature);
      int[] kept = kept(logprobs);
      double[] cumulative = new double[kept.length];
      double mass = 0;
      for (int i = 0; i < kept.length; i++) {
        mass += Math.exp(logprobs[kept[i]]);
        cumulative[i] = mass;
      }
      double target = key.generator().nextDouble() * mass;
      int chosen = 0;
      while (cumulative[chosen] <= target) {
        chosen++; // ends: the target is below the last sum, which is the mass
      }
      return new Draw(kept[chosen], logprobs[kept[chosen]]);
    }

    /** {@return the tokens that may be drawn, most probable first where any are left out} */
    int[] kept(double[] logprobs) {
      if (topK >= logprobs.length && topP == 1) {
        return IntStream.range(0, logprobs.length).toArray();
      }
      int[] descending =
          IntStream.range(0, logprobs.length)
              .boxed()
              .sorted(Comparator.comparingDouble(token -> -logprobs[token])) // stable: ids ascend
              .limit(topK)
              .mapToInt(Integer::intValue)
              .toArray();
      double mass = IntStream.of(descending).mapToDouble(token -> Math.exp(logprobs[token])).sum();
      int count = 0;
      for (double reached = 0; count < descending.length && reached < topP * mass; count++) {
        reached += Math.exp(logprobs[descending[count]]);
      }
      return IntStream.of(descending).limit(count).toArray();
    }
  }

  /** {@return log softmax(logits / temperature)} */
  private static double[] logSoftmax(double[] logits, double temperature) {
    double max = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < logits.length; token++) {
      if (Double.isNaN(logits[token]) || logits[token] == Double.POSITIVE_INFINITY) {
        throw new ArithmeticException(
            "the logit of token %d is %s; the model has diverged".formatted(token, logits[token]));
      }
      max = Math.max(max, logits[token]);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      throw new ArithmeticException("all logits are -inf; at least one token must be possible");
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp((logit - max) / temperature);
    }
    double[] logprobs = new double[logits.length];
    for (int token = 0; token < logprobs.length; token++) {
      logprobs[token] = (logits[token] - max) / temperature - Math.log(sum);
    }
    return logprobs;
  }
}
