package org.rlhf4j.cuda.ptx;

/** One {@code cvt}: from the bits of a value to the bits of another type. */
record Conversion(Type to, Type from, Rounding rounding, boolean saturate, boolean flush) {

  /** How a float becomes whole: not at all, to nearest even, to zero, down, up. */
  enum Rounding {
    NONE,
    RNI,
    RZI,
    RMI,
    RPI
  }

  static Conversion of(Instruction i) {
    Rounding rounding = Rounding.NONE;
    for (Rounding candidate : Rounding.values()) {
      if (i.has(candidate.name().toLowerCase(java.util.Locale.ROOT))) {
        rounding = candidate;
      }
    }
    return new Conversion(i.types().get(0), i.types().get(1), rounding, i.has("sat"), i.has("ftz"));
  }

  /** The result as a register holds it: 8 and 16 bits extended by their sign, or zero. */
  long apply(long bits) {
    if (from.isFloat()) {
      float value = value((int) bits);
      return to.isFloat() ? toFloat(round(value)) : toInteger(round(value));
    }
    long whole = extend(from, bits);
    return to.isFloat() ? wholeToFloat(whole) : cut(whole);
  }

  private float value(int bits) {
    return from == Type.F32
        ? Float.intBitsToFloat(flush ? FloatSteps.flush(bits) : bits)
        : Half.of(from).value(bits & 0xffff);
  }

  private float round(float value) {
    return switch (rounding) {
      case NONE -> value;
      case RNI -> (float) Math.rint(value);
      case RZI -> (float) (value < 0 ? Math.ceil(value) : Math.floor(value));
      case RMI -> (float) Math.floor(value);
      case RPI -> (float) Math.ceil(value);
    };
  }

  private long toFloat(float value) {
    int bits = FloatSteps.result(value);
    if (saturate) {
      bits = FloatSteps.saturate(bits);
    }
    if (to != Type.F32) {
      return Half.of(to).bits(Float.intBitsToFloat(bits));
    }
    return flush ? FloatSteps.flush(bits) : bits;
  }

  /** Clamps to the range of the type; NaN gives zero. */
  private long toInteger(float whole) {
    if (Float.isNaN(whole)) {
      return 0;
    }
    if (to.bytes() < 8) {
      return extend(to, Math.clamp((long) whole, lowest(), highest()));
    }
    if (to.isSigned()) {
      return (long) whole;
    }
    if (whole < 0x1p63f) {
      return whole <= 0 ? 0 : (long) whole;
    }
    return whole >= 0x1p64f ? -1 : (long) (whole - 0x1p63f) + Long.MIN_VALUE;
  }

  private long wholeToFloat(long whole) {
    // The lowest bit is kept sticky when an unsigned 64-bit value is halved to fit.
    float value =
        whole >= 0 || from.isSigned() ? (float) whole : (float) ((whole >>> 1) | (whole & 1)) * 2;
    return to == Type.F32 ? Float.floatToRawIntBits(value) : Half.of(to).bits(value);
  }

  private long cut(long whole) {
    if (!saturate || to.bytes() == 8) {
      return extend(to, whole);
    }
    boolean huge = from == Type.U64 && whole < 0;
    return extend(to, huge ? highest() : Math.clamp(whole, lowest(), highest()));
  }

  private long lowest() {
    return to.isSigned() ? -(1L << (8 * to.bytes() - 1)) : 0;
  }

  private long highest() {
    return (1L << (8 * to.bytes() - (to.isSigned() ? 1 : 0))) - 1;
  }

  private static long extend(Type type, long bits) {
    return switch (type.bytes()) {
      case 1 -> type.isSigned() ? (byte) bits : bits & 0xff;
      case 2 -> type.isSigned() ? (short) bits : bits & 0xffff;
      case 4 -> type.isSigned() ? (int) bits : bits & 0xffffffffL;
      default -> bits;
    };
  }
}
