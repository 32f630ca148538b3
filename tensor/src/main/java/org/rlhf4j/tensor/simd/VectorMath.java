package org.rlhf4j.tensor.simd;

import static jdk.incubator.vector.VectorOperators.FMA;
import static org.rlhf4j.tensor.simd.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions on vectors of floats. The polynomials are those of the Cephes library
 * (Moshier 1992). NaN gives NaN. An error in ulp, units in the last place of the exact value, is
 * the largest over all floats (correct rounding has 0.5); where the exact value is below the least
 * normal float the result may be 0.
 */
final class VectorMath {
  /** Adding and subtracting it rounds to the nearest integer, which is then in the low bits. */
  private static final float ROUNDER = 0x1.8p23f;

  /** What is added to n in the bits of 2^n. */
  private static final int EXPONENT_BIAS = 127;

  private static final float LOG2_E = 1.44269504f;
  // log 2 in two parts; the first has few bits, so that its product with an integer is exact
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /** Above it e^x exceeds the largest float: the next float, 88.72284, is beyond 128 log 2. */
  private static final float EXP_MAX = 88.72283f;

  /** Below it e^x is less than the least normal float. */
  private static final float EXP_MIN = -87.33654f;

  /** Above it 2^x exceeds the largest float; below its negative 2^x is less than any normal one. */
  private static final float EXP2_MAX = 127;

  private static final float GELU_LINEAR = (float) (2 * Math.sqrt(2 / Math.PI));
  private static final float GELU_CUBIC = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);

  // -z / log 2
  private static final float GELU_LINEAR_BASE_2 =
      (float) (-2 * Math.sqrt(2 / Math.PI) / Math.log(2));
  private static final float GELU_CUBIC_BASE_2 =
      (float) (-2 * Math.sqrt(2 / Math.PI) * 0.044715 / Math.log(2));

  private VectorMath() {}

  /**
   * e^x = 2^n e^r with r in [-log(2)/2, log(2)/2]; n is added to the exponent's bits. 1.02 ulp for
   * x in [-87.33, 88.72]; 0 below, +inf above.
   *
   * <p>Constants are numbers here, which C2 broadcasts outside of the loop, rather than vectors in
   * static fields: a vector in a field is an array in memory, and a loop that stores floats would
   * load all of them anew each time, since C2 cannot know that it does not store into them. That
   * takes twice as long.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.lanewise(FMA, LOG2_E, FloatVector.broadcast(F, ROUNDER));
    FloatVector p = expm1OfRest(x, shifted.sub(ROUNDER)).add(1f);
    IntVector n = shifted.reinterpretAsInts();
    return p.reinterpretAsInts()
        .add(n.lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats()
        .blend(0f, x.compare(VectorOperators.LT, EXP_MIN))
        .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_MAX))
        .blend(x, x.compare(VectorOperators.NE, x));
  }

  /**
   * e^x where no x is above 88, as after subtracting a maximum: the same error, fewer operations.
   * 2^n is multiplied rather than added to the exponent, so that NaN stays NaN.
   */
  static FloatVector expOfNegative(FloatVector x) {
    FloatVector rounder = FloatVector.broadcast(F, ROUNDER + EXPONENT_BIAS);
    FloatVector shifted = x.lanewise(FMA, LOG2_E, rounder);
    FloatVector p = expm1OfRest(x, shifted.sub(rounder));
    FloatVector power =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return power.fma(p, power).blend(0f, x.compare(VectorOperators.LT, EXP_MIN));
  }

  /** e^r - 1 with r = x - n log 2. */
  private static FloatVector expm1OfRest(FloatVector x, FloatVector n) {
    FloatVector r = n.lanewise(FMA, -LN2_HIGH, x);
    r = n.lanewise(FMA, -LN2_LOW, r);
    FloatVector p =
        FloatVector.broadcast(F, 1.9875691500e-4f)
            .lanewise(FMA, r, 1.3981999507e-3f)
            .lanewise(FMA, r, 8.3334519073e-3f)
            .lanewise(FMA, r, 4.1665795894e-2f)
            .lanewise(FMA, r, 1.6666665459e-1f)
            .lanewise(FMA, r, 5.0000001201e-1f);
    return p.fma(r.mul(r), r);
  }

  /** log x: 0.83 ulp; -inf at 0, NaN below. As long as can be: C2 inlines 325 bytes. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
    IntVector bits = x.mul(0x1p23f, tiny).reinterpretAsInts();
    FloatVector e =
        (FloatVector)
            bits.lanewise(VectorOperators.ASHR, 23).sub(126).convert(VectorOperators.I2F, 0);
    e = e.sub(23f, tiny);
    // the mantissa in [0.5, 1), then in [sqrt(0.5), sqrt(2))
    FloatVector f = bits.and(0x007fffff).or(0x3f000000).reinterpretAsFloats();
    VectorMask<Float> low = f.compare(VectorOperators.LT, 0.70710678f);
    e = e.sub(1f, low);
    FloatVector r = f.add(f, low).sub(1f);
    FloatVector p =
        FloatVector.broadcast(F, 7.0376836292e-2f)
            .lanewise(FMA, r, -1.1514610310e-1f)
            .lanewise(FMA, r, 1.1676998740e-1f)
            .lanewise(FMA, r, -1.2420140846e-1f)
            .lanewise(FMA, r, 1.4249322787e-1f)
            .lanewise(FMA, r, -1.6668057665e-1f)
            .lanewise(FMA, r, 2.0000714765e-1f)
            .lanewise(FMA, r, -2.4999993993e-1f)
            .lanewise(FMA, r, 3.3333331174e-1f);
    FloatVector square = r.mul(r);
    FloatVector tail = p.mul(square).mul(r);
    tail = e.lanewise(FMA, LN2_LOW, tail);
    tail = square.lanewise(FMA, -0.5f, tail);
    FloatVector y = e.lanewise(FMA, LN2_HIGH, r.add(tail));
    return y.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f))
        .blend(Float.NaN, x.compare(VectorOperators.LT, 0f))
        .blend(x, x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY).not());
  }

  /** 1 / (1 + e^-x): 2.41 ulp. */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector e = expOfNegative(x.abs().neg());
    FloatVector numerator = e.blend(1f, x.compare(VectorOperators.GE, 0f));
    return numerator.div(e.add(1f));
  }

  /** sigmoid(x) sigmoid(-x) = e / (1 + e)^2 with e = e^-|x|: relative error 4e-7. */
  static FloatVector sigmoidSlope(FloatVector x) {
    FloatVector e = expOfNegative(x.abs().neg());
    FloatVector sum = e.add(1f);
    return e.div(sum.mul(sum));
  }

  /** log(1 + e^x): 2.00 ulp. With e = e^-|x| the rounding of 1 + e is undone to first order. */
  static FloatVector softplus(FloatVector x) {
    FloatVector e = expOfNegative(x.abs().neg());
    FloatVector u = e.add(1f);
    FloatVector log = log(u).add(e.sub(u.sub(1f)).div(u));
    return x.blend(0f, x.compare(VectorOperators.LT, 0f)).add(log);
  }

  /** tanh x: 1.51 ulp. */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector e = expOfNegative(magnitude.add(magnitude).neg());
    FloatVector far = FloatVector.broadcast(F, 1f).sub(e).div(e.add(1f));
    far = far.blend(far.neg(), x.compare(VectorOperators.LT, 0f));
    FloatVector square = x.mul(x);
    FloatVector p =
        FloatVector.broadcast(F, -5.70498872745e-3f)
            .lanewise(FMA, square, 2.06390887954e-2f)
            .lanewise(FMA, square, -5.37397155531e-2f)
            .lanewise(FMA, square, 1.33314422036e-1f)
            .lanewise(FMA, square, -3.33332819422e-1f);
    FloatVector near = p.mul(square).fma(x, x);
    return far.blend(near, magnitude.compare(VectorOperators.LT, 0.625f));
  }

  /** silu'(x) = s (1 + x (1 - s)) with s = sigmoid(x). */
  static FloatVector siluSlope(FloatVector x) {
    FloatVector s = sigmoid(x);
    return s.mul(x.lanewise(FMA, FloatVector.broadcast(F, 1f).sub(s), 1f));
  }

  /**
   * The tanh form of gelu, x/2 (1 + tanh(z/2)) with z = 2 sqrt(2/pi) (x + 0.044715 x^3), which is x
   * sigmoid(z) = x / (1 + 2^(-z/log 2)): 153 ulp at worst, at -9.6, where it is 4e-34 and the
   * rounding of z counts z times.
   *
   * <p>To the base 2 an exponential needs no multiplication to reduce its argument; log 2 goes into
   * the constants of z. Half of the multiply-adds of {@code x.mul(sigmoid(z))}, which are what
   * bounds the loop.
   */
  static FloatVector gelu(FloatVector x) {
    FloatVector cubic = FloatVector.broadcast(F, GELU_CUBIC_BASE_2);
    FloatVector power = x.mul(x.mul(x).lanewise(FMA, cubic, GELU_LINEAR_BASE_2));
    FloatVector e =
        exp2OfFinite(power)
            .blend(0f, power.compare(VectorOperators.LT, -EXP2_MAX))
            .blend(Float.POSITIVE_INFINITY, power.compare(VectorOperators.GT, EXP2_MAX));
    return x.div(e.add(1f));
  }

  /** 2^x = 2^n 2^r with r in [-1/2, 1/2]; the polynomial's relative error is 2e-9. */
  private static FloatVector exp2OfFinite(FloatVector x) {
    FloatVector rounder = FloatVector.broadcast(F, ROUNDER + EXPONENT_BIAS);
    FloatVector shifted = x.add(rounder);
    FloatVector power =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector r = x.sub(shifted.sub(rounder));
    FloatVector p =
        FloatVector.broadcast(F, 1.5353354684e-4f)
            .lanewise(FMA, r, 1.3398875017e-3f)
            .lanewise(FMA, r, 9.6184378490e-3f)
            .lanewise(FMA, r, 5.5503323674e-2f)
            .lanewise(FMA, r, 2.4022647738e-1f)
            .lanewise(FMA, r, 6.9314718246e-1f);
    return power.fma(p.mul(r), power);
  }

  /** gelu'(x) = s + x s (1 - s) z' with s = sigmoid(z) and z as in {@link #gelu}. */
  static FloatVector geluSlope(FloatVector x) {
    FloatVector square = x.mul(x);
    FloatVector cubic = FloatVector.broadcast(F, GELU_CUBIC);
    FloatVector s = sigmoid(x.mul(square.lanewise(FMA, cubic, GELU_LINEAR)));
    FloatVector innerSlope =
        square.lanewise(FMA, FloatVector.broadcast(F, 3 * GELU_CUBIC), GELU_LINEAR);
    return x.mul(innerSlope).fma(s.mul(FloatVector.broadcast(F, 1f).sub(s)), s);
  }
}
