package org.rlhf4j.rlhf.evaluate;

/**
 * Outcome of comparing two systems on the same prompts; a tie is half a win to each.
 *
 * @param wins comparisons won
 * @param ties comparisons without a winner
 * @param losses comparisons lost
 */
public record WinRate(int wins, int ties, int losses) {
  public WinRate {
    if (wins < 0 || ties < 0 || losses < 0 || (long) wins + ties + losses == 0) {
      throw new IllegalArgumentException(
          "a win rate needs at least one comparison and no negative count, got "
              + wins
              + " wins, "
              + ties
              + " ties, "
              + losses
              + " losses");
    }
  }

  /**
   * Counts who has the higher score on each prompt.
   *
   * @param ours scores of the system under test, [prompts]
   * @param theirs scores of its opponent, [prompts]
   */
  public static WinRate ofScores(double[] ours, double[] theirs) {
    if (ours.length != theirs.length) {
      throw new IllegalArgumentException(
          "both systems must be scored on the same prompts, got "
              + ours.length
              + " and "
              + theirs.length
              + " scores");
    }
    int wins = 0;
    int losses = 0;
    for (int i = 0; i < ours.length; i++) {
      if (Double.isNaN(ours[i]) || Double.isNaN(theirs[i])) {
        throw new IllegalArgumentException("score " + i + " is NaN: neither win nor loss");
      }
      wins += ours[i] > theirs[i] ? 1 : 0;
      losses += ours[i] < theirs[i] ? 1 : 0;
    }
    return new WinRate(wins, ours.length - wins - losses, losses);
  }

  /** {@return number of comparisons} */
  public int comparisons() {
    return wins + ties + losses;
  }

  /** {@return (wins + ties / 2) / comparisons} */
  public double rate() {
    return (wins + 0.5 * ties) / comparisons();
  }

  /**
   * Wilson's score interval: the set of rates p for which |rate - p| <= z sqrt(p (1 - p) / n).
   * Unlike the normal interval it never leaves [0, 1] and is not empty at 0 or n wins. Ties make
   * the true variance smaller, so the interval is then wider than needed, never too narrow.
   *
   * @param z quantile of the normal distribution, 1.96 for 95 %
   */
  public ConfidenceInterval interval(double z) {
    if (!(z > 0)) {
      throw new IllegalArgumentException("z must be positive, got " + z);
    }
    double n = comparisons();
    double p = rate();
    double shrink = 1 + z * z / n;
    double centre = (p + z * z / (2 * n)) / shrink;
    double half = z / shrink * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    // the rate lies inside by definition, and rounding must not put it outside at 0 or n wins
    return new ConfidenceInterval(
        Math.min(p, Math.max(0, centre - half)), Math.max(p, Math.min(1, centre + half)));
  }

  /** {@return the 95 % interval} */
  public ConfidenceInterval interval() {
    return interval(1.959963984540054);
  }
}
