package org.rlhf4j.cuda.ptx;

/**
 * Arithmetic on the 32 lanes of a warp. Each operation is a loop over all lanes, which the compiler
 * of the JVM turns into vector code; results of lanes outside of the mask are thrown away.
 */
final class Lanes {
  static final int COUNT = 32;

  private Lanes() {}

  /** d = f(a), 32 bits. */
  interface Unary {
    void apply(int[] d, int[] a);
  }

  /** d = f(a, b), 32 bits. */
  interface Binary {
    void apply(int[] d, int[] a, int[] b);
  }

  /** d = f(a, b, c), 32 bits. */
  interface Ternary {
    void apply(int[] d, int[] a, int[] b, int[] c);
  }

  /** d = f(a, b, c), 64 bits; an operation of fewer operands ignores the rest. */
  interface Ternary64 {
    void apply(long[] d, long[] a, long[] b, long[] c);
  }

  /** 64 bits from 32: {@code mul.wide}, {@code mad.wide}, {@code cvt.u64.u32}. */
  interface Widen {
    void apply(long[] d, int[] a, int[] b, long[] c);
  }

  /** 32 bits from 64: {@code cvt.u32.u64}, {@code clz.b64}. */
  interface Narrow {
    void apply(int[] d, long[] a);
  }

  /** 64 bits from 64 and a count of 32 bits: shifts. */
  interface Shift64 {
    void apply(long[] d, long[] a, int[] b);
  }

  /** A mask of the lanes for which a relation holds. */
  interface Compare {
    int apply(int[] a, int[] b);
  }

  /** The same for 64 bits. */
  interface Compare64 {
    int apply(long[] a, long[] b);
  }

  static Step unary(int d, int a, Unary op) {
    return (warp, mask) -> {
      int[] x = warp.read(a, mask);
      op.apply(warp.target(d, mask), x);
      warp.commit(d, mask);
    };
  }

  static Step binary(int d, int a, int b, Binary op) {
    return (warp, mask) -> {
      int[] x = warp.read(a, mask);
      int[] y = warp.read(b, mask);
      op.apply(warp.target(d, mask), x, y);
      warp.commit(d, mask);
    };
  }

  static Step ternary(int d, int a, int b, int c, Ternary op) {
    return (warp, mask) -> {
      int[] x = warp.read(a, mask);
      int[] y = warp.read(b, mask);
      int[] z = warp.read(c, mask);
      op.apply(warp.target(d, mask), x, y, z);
      warp.commit(d, mask);
    };
  }

  static Step ternary64(int d, int a, int b, int c, Ternary64 op) {
    return (warp, mask) -> {
      long[] x = warp.read64(a, mask);
      long[] y = warp.read64(b, mask);
      long[] z = warp.read64(c, mask);
      op.apply(warp.target64(d, mask), x, y, z);
      warp.commit64(d, mask);
    };
  }

  static Step widen(int d, int a, int b, int c, Widen op) {
    return (warp, mask) -> {
      int[] x = warp.read(a, mask);
      int[] y = warp.read(b, mask);
      long[] z = warp.read64(c, mask);
      op.apply(warp.target64(d, mask), x, y, z);
      warp.commit64(d, mask);
    };
  }

  static Step narrow(int d, int a, Narrow op) {
    return (warp, mask) -> {
      long[] x = warp.read64(a, mask);
      op.apply(warp.target(d, mask), x);
      warp.commit(d, mask);
    };
  }

  static Step shift64(int d, int a, int b, Shift64 op) {
    return (warp, mask) -> {
      long[] x = warp.read64(a, mask);
      int[] y = warp.read(b, mask);
      op.apply(warp.target64(d, mask), x, y);
      warp.commit64(d, mask);
    };
  }
}
