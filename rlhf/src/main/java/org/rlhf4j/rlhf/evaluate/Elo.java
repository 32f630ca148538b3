package org.rlhf4j.rlhf.evaluate;

import org.rlhf4j.rlhf.LogSpace;

/** Elo ratings: Bradley-Terry with base 10 and 400 points, updated game by game. */
public final class Elo {
  /** Points that multiply the odds by e: 400 / ln 10. */
  public static final double POINTS_PER_NAT = 400 / Math.log(10);

  private Elo() {}

  /** {@return expected score 1 / (1 + 10^((other - own) / 400))} */
  public static double expected(double own, double other) {
    return LogSpace.sigmoid((own - other) / POINTS_PER_NAT);
  }

  /**
   * {@return own rating after a game: own + k (score - expected)} The opponent's changes by the
   * negative, so points are conserved.
   *
   * @param score 1 for a win, 0.5 for a tie, 0 for a loss
   * @param k points at stake, positive
   */
  public static double updated(double own, double other, double score, double k) {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("score must be in [0, 1], got " + score);
    }
    if (!(k > 0)) {
      throw new IllegalArgumentException("k must be positive, got " + k);
    }
    return own + k * (score - expected(own, other));
  }
}
