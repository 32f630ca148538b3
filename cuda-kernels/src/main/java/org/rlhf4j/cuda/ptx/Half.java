package org.rlhf4j.cuda.ptx;

/** The two formats of 16 bits. A NaN result is 0x7fff in both. */
enum Half {
  /** 1 sign, 5 exponent, 10 fraction bits. */
  F16 {
    @Override
    float value(int bits) {
      return Float.float16ToFloat((short) bits);
    }

    @Override
    int bits(float value) {
      return Float.isNaN(value) ? 0x7fff : Float.floatToFloat16(value) & 0xffff;
    }
  },
  /** The upper half of a float: 1 sign, 8 exponent, 7 fraction bits. */
  BF16 {
    @Override
    float value(int bits) {
      return Float.intBitsToFloat(bits << 16);
    }

    @Override
    int bits(float value) {
      if (Float.isNaN(value)) {
        return 0x7fff;
      }
      int word = Float.floatToRawIntBits(value);
      return (word + 0x7fff + (word >>> 16 & 1)) >>> 16;
    }
  };

  abstract float value(int bits);

  /** Rounds to nearest, ties to even. */
  abstract int bits(float value);

  static Half of(Type type) {
    return type == Type.BF16 || type == Type.BF16X2 ? BF16 : F16;
  }

  /**
   * a * b + c rounded once. The product is exact in a double. The sum, and the step to float, are
   * rounded to odd, so that the last rounding sees on which side of a tie the exact value lies.
   */
  int fma(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    if (Double.isNaN(sum) || Double.isInfinite(sum)) {
      return bits((float) sum);
    }
    double back = sum - product;
    double error = (product - (sum - back)) + (c - back);
    if (error != 0 && (Double.doubleToRawLongBits(sum) & 1) == 0) {
      sum = error > 0 ? Math.nextUp(sum) : Math.nextDown(sum);
    }
    float narrow = (float) sum;
    if (narrow != sum && !Float.isInfinite(narrow) && (Float.floatToRawIntBits(narrow) & 1) == 0) {
      narrow = narrow < sum ? Math.nextUp(narrow) : Math.nextDown(narrow);
    }
    return bits(narrow);
  }
}
