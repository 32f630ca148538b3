package org.rlhf4j.tensor.kernel;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The law by which the next token follows from its logits: a draw from softmax(logits /
 * temperature), cut to the {@code topK} most probable tokens, then to the smallest set of the most
 * probable of those whose renormalized probability reaches {@code topP} (arXiv 1904.09751). Of
 * equally probable tokens the one with the smaller id stays.
 *
 * <p>The draw itself inverts the distribution function at one uniform number, in the order of the
 * ids where nothing was left out, else most probable first.
 *
 * @param token what was drawn
 * @param logprob log softmax(logits / temperature)[token] over the whole vocabulary, in nats
 */
public record TokenDraw(int token, double logprob) {
  /**
   * What shapes the distribution.
   *
   * @param temperature 0 is greedy: the first of the largest logits, with its logprob at
   *     temperature 1
   * @param topK at least 1; the vocabulary's size or more for no limit
   * @param topP in (0, 1]; 1 for no limit
   */
  public record Law(double temperature, int topK, double topP) {
    /** {@return what logits are divided by before the softmax that logprobs refer to} */
    public double divisor() {
      return temperature == 0 ? 1 : temperature;
    }

    /** {@return whether some of so many tokens may be left out} */
    public boolean restricts(int vocabulary) {
      return topK < vocabulary || topP < 1;
    }
  }

  /**
   * {@return the token at which the distribution function passes a number}
   *
   * @param logits one per token of the vocabulary; -inf excludes a token; not modified
   * @param uniform in [0, 1)
   * @throws ArithmeticException if a logit is NaN or +inf, or all are -inf
   */
  public static TokenDraw of(double[] logits, Law law, double uniform) {
    double[] logprobs = logSoftmax(logits, law.divisor());
    if (law.temperature() == 0) {
      int best = 0;
      for (int token = 1; token < logits.length; token++) {
        best = logits[token] > logits[best] ? token : best;
      }
      return new TokenDraw(best, logprobs[best]);
    }
    int[] kept = kept(logprobs, law);
    double[] cumulative = new double[kept.length];
    double mass = 0;
    for (int i = 0; i < kept.length; i++) {
      mass += Math.exp(logprobs[kept[i]]);
      cumulative[i] = mass;
    }
    double target = uniform * mass;
    int chosen = 0;
    while (cumulative[chosen] <= target) {
      chosen++; // ends: the target is below the last sum, which is the mass
    }
    return new TokenDraw(kept[chosen], logprobs[kept[chosen]]);
  }

  /** The tokens that may be drawn, most probable first where any are left out. */
  private static int[] kept(double[] logprobs, Law law) {
    if (!law.restricts(logprobs.length)) {
      return IntStream.range(0, logprobs.length).toArray();
    }
    int[] descending =
        IntStream.range(0, logprobs.length)
            .boxed()
            .sorted(Comparator.comparingDouble(token -> -logprobs[token])) // stable: ids ascend
            .limit(law.topK())
            .mapToInt(Integer::intValue)
            .toArray();
    double mass = IntStream.of(descending).mapToDouble(token -> Math.exp(logprobs[token])).sum();
    int count = 0;
    for (double reached = 0; count < descending.length && reached < law.topP() * mass; count++) {
      reached += Math.exp(logprobs[descending[count]]);
    }
    return IntStream.of(descending).limit(count).toArray();
  }

  /** log softmax(logits / temperature). */
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
