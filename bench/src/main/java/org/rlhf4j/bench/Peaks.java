package org.rlhf4j.bench;

import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What one core can do: multiply-adds in registers, and copying memory that no cache holds. */
@State(Scope.Benchmark)
public class Peaks {
  static final int ROUNDS = 1 << 14;
  static final int CHAINS = 12;
  static final int COPIED = 1 << 26;

  private final float factor = 1 - 1e-7f;
  private final float[] from = new float[COPIED / 4];
  private final float[] to = new float[COPIED / 4];

  /** {@return floating-point operations of one call of {@link #multiplyAdd}} */
  static double flops() {
    return 2.0 * FloatVector.SPECIES_PREFERRED.length() * CHAINS * ROUNDS;
  }

  /** Twelve independent chains, enough to hide the latency of two units. */
  @Benchmark
  public float multiplyAdd() {
    FloatVector m = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, factor);
    FloatVector a = m;
    FloatVector b = m;
    FloatVector c = m;
    FloatVector d = m;
    FloatVector e = m;
    FloatVector f = m;
    FloatVector g = m;
    FloatVector h = m;
    FloatVector i = m;
    FloatVector j = m;
    FloatVector k = m;
    FloatVector l = m;
    for (int round = 0; round < ROUNDS; round++) {
      a = a.fma(m, m);
      b = b.fma(m, m);
      c = c.fma(m, m);
      d = d.fma(m, m);
      e = e.fma(m, m);
      f = f.fma(m, m);
      g = g.fma(m, m);
      h = h.fma(m, m);
      i = i.fma(m, m);
      j = j.fma(m, m);
      k = k.fma(m, m);
      l = l.fma(m, m);
    }
    return a.add(b).add(c.add(d)).add(e.add(f)).add(g.add(h)).add(i.add(j)).add(k.add(l)).lane(0);
  }

  /** Reads and writes {@link #COPIED} bytes each. */
  @Benchmark
  public float[] copy() {
    System.arraycopy(from, 0, to, 0, to.length);
    return to;
  }
}
