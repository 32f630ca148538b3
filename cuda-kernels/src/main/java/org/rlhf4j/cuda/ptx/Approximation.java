package org.rlhf4j.cuda.ptx;

/**
 * What an approximate instruction returns. The documentation of PTX bounds its error and says
 * nothing else, so a kernel must be right anywhere inside of the bound.
 */
public enum Approximation {
  /** The correctly rounded result. */
  EXACT,
  /** A result somewhere inside of the documented bound, chosen by a hash of the input. */
  MOVED;

  /** Moves a result by up to {@code ulps} units in the last place. */
  float ulps(float exact, int inputBits, int ulps) {
    if (this == EXACT || !isOrdinary(exact)) {
      return exact;
    }
    int steps = Math.floorMod(hash(inputBits), 2 * ulps + 1) - ulps;
    return Float.intBitsToFloat(Float.floatToRawIntBits(exact) + steps);
  }

  /** Moves a result by up to {@code bound} times its own size. */
  float relative(double exact, int inputBits, double bound) {
    return absolute(exact, inputBits, bound * Math.abs(exact));
  }

  /** Moves a result by up to {@code bound}. */
  float absolute(double exact, int inputBits, double bound) {
    float rounded = (float) exact;
    if (this == EXACT || !isOrdinary(rounded)) {
      return rounded;
    }
    // Rounding to float costs half a unit; what is moved before it stays inside of the rest.
    double room = Math.max(0, bound - 0.5 * Math.ulp(rounded));
    return (float) (exact + room * hash(inputBits) / 0x1p31);
  }

  /** Zeros, infinities, NaN and subnormal results are tabled or flushed, never approximate. */
  private static boolean isOrdinary(float value) {
    return Math.abs(value) >= Float.MIN_NORMAL && Math.abs(value) < Float.MAX_VALUE / 2;
  }

  private static int hash(int bits) {
    int h = bits * 0x9E3779B9;
    h = (h ^ h >>> 15) * 0x85EBCA6B;
    return h ^ h >>> 13;
  }
}
