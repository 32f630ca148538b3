package org.rlhf4j.transformer;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.Check;

/**
 * How the next token is chosen from logits: divide by the temperature, keep the {@code topK}
 * largest, of those keep the smallest set whose probability reaches {@code topP}, draw.
 *
 * @param temperature 0 is greedy: the first of the largest logits
 * @param topK how many tokens may be drawn; {@link #ALL} for all
 * @param topP probability mass that may be drawn, in (0, 1]
 */
public record Sampling(double temperature, int topK, double topP) {
  /** Any number of tokens. */
  public static final int ALL = Integer.MAX_VALUE;

  /** Always the most likely token. */
  public static final Sampling GREEDY = new Sampling(0, ALL, 1);

  public Sampling {
    Check.notNegative("temperature", temperature);
    Check.positive("topK", topK);
    Check.positive("topP", topP);
    Check.range("topP", topP, 0, 1);
  }

  /** {@return drawing from the whole distribution at a temperature} */
  public static Sampling at(double temperature) {
    return new Sampling(temperature, ALL, 1);
  }

  /**
   * {@return log softmax(logits / temperature); at temperature 0 that of temperature 1} This is
   * what the log-probability of a sampled token is reported from, and what training must recompute.
   * It is of the whole vocabulary: under top-k or top-p the token was in truth drawn from fewer, so
   * ratios of such log-probabilities are biased by the log of the mass that was kept.
   *
   * @throws IllegalArgumentException if a logit is NaN or all are -inf
   */
  public double[] logprobs(double[] logits) {
    double scale = temperature == 0 ? 1 : temperature;
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      if (Double.isNaN(logit)) {
        throw new IllegalArgumentException("a logit is NaN; the model's parameters are broken");
      }
      max = Math.max(max, logit);
    }
    if (Double.isInfinite(max)) {
      throw new IllegalArgumentException("no token can be drawn: the largest logit is " + max);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp((logit - max) / scale);
    }
    double[] logprobs = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      logprobs[i] = (logits[i] - max) / scale - Math.log(sum);
    }
    return logprobs;
  }

  /**
   * {@return the chosen token}
   *
   * @param logprobs from {@link #logprobs}
   */
  public int choose(double[] logprobs, RandomGenerator generator) {
    if (temperature == 0) {
      return first(logprobs);
    }
    if (topK >= logprobs.length && topP == 1) {
      return draw(logprobs, identity(logprobs.length), logprobs.length, generator);
    }
    int[] order = identity(logprobs.length);
    order =
        Arrays.stream(order)
            .boxed()
            .sorted((a, b) -> Double.compare(logprobs[b], logprobs[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    int kept = Math.min(topK, order.length);
    double total = mass(logprobs, order, kept);
    double reached = 0;
    int nucleus = 0;
    while (nucleus < kept && (nucleus == 0 || reached < topP * total)) {
      reached += Math.exp(logprobs[order[nucleus++]]);
    }
    return draw(logprobs, order, nucleus, generator);
  }

  private static int first(double[] logprobs) {
    int best = 0;
    for (int i = 1; i < logprobs.length; i++) {
      if (logprobs[i] > logprobs[best]) {
        best = i;
      }
    }
    return best;
  }

  private static int[] identity(int n) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    return order;
  }

  private static double mass(double[] logprobs, int[] order, int count) {
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += Math.exp(logprobs[order[i]]);
    }
    return total;
  }

  private static int draw(double[] logprobs, int[] order, int count, RandomGenerator generator) {
    double left = generator.nextDouble() * mass(logprobs, order, count);
    for (int i = 0; i < count; i++) {
      left -= Math.exp(logprobs[order[i]]);
      if (left < 0) {
        return order[i];
      }
    }
    return order[count - 1]; // rounding left a crumb
  }
}
