package org.rlhf4j.tensor.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.Positions;

/** Products and attention over random shapes, where tiles hang over edges in every way. */
class ShapePropertyTest {
  @Property(tries = 150)
  void products(
      @ForAll @IntRange(min = 1, max = 70) int m,
      @ForAll @IntRange(min = 1, max = 90) int n,
      @ForAll @IntRange(min = 1, max = 300) int k,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll boolean accumulate) {
    Shape a = transposeA ? Shape.of(k, m) : Shape.of(m, k);
    Shape b = transposeB ? Shape.of(n, k) : Shape.of(k, n);
    assertAgree(
        2e-7 * (k + 5),
        machine -> {
          Tensor c = machine.normal("c", Shape.of(m, n));
          machine
              .backend()
              .matrices()
              .multiply(
                  machine.normal("a", a),
                  transposeA,
                  machine.normal("b", b),
                  transposeB,
                  c,
                  accumulate);
          return c.toDoubles();
        });
  }

  @Property(tries = 60)
  void attention(
      @ForAll @IntRange(min = 1, max = 50) int time,
      @ForAll @IntRange(min = 1, max = 3) int group,
      @ForAll @IntRange(min = 1, max = 2) int keyValueHeads,
      @ForAll @IntRange(min = 1, max = 40) int headDim,
      @ForAll @IntRange(min = 0, max = 60) int start,
      @ForAll @IntRange(min = 0, max = 9) int offset) {
    Shape q = Shape.of(2, time, group * keyValueHeads, headDim);
    Shape k = Shape.of(2, time + offset, keyValueHeads, headDim);
    Positions positions = new Positions(new int[] {0, Math.min(start, time + offset)}, offset);
    double scale = 1 / Math.sqrt(headDim);
    assertAgree(
        5e-5,
        machine -> {
          Tensor queries = machine.normal("q", q);
          Tensor keys = machine.normal("k", k);
          Tensor values = machine.normal("v", k);
          Tensor out = machine.normal("out", q);
          Tensor lse = machine.normal("lse", Shape.of(2, q.dim(2), time));
          Tensor dq = machine.normal("dq", q);
          Tensor dk = machine.normal("dk", k);
          Tensor dv = machine.normal("dv", k);
          machine
              .backend()
              .attention()
              .attention(queries, keys, values, positions, scale, out, lse);
          machine
              .backend()
              .attention()
              .attentionBackward(
                  queries,
                  keys,
                  values,
                  out,
                  lse,
                  machine.normal("dout", q),
                  positions,
                  scale,
                  dq,
                  dk,
                  dv);
          double[] all = new double[out.size() + dq.size() + dk.size() + dv.size()];
          int at = 0;
          for (Tensor result : new Tensor[] {out, dq, dk, dv}) {
            System.arraycopy(result.toDoubles(), 0, all, at, result.size());
            at += result.size();
          }
          return all;
        });
  }

  /** Makes the same numbers on each backend. */
  private record Machine(Backend backend, Workspace workspace) {
    Tensor normal(String name, Shape shape) {
      float[] values = new float[shape.size()];
      var generator = new RandomKey(11).child(name).generator();
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) generator.nextGaussian();
      }
      return workspace.of(shape, values);
    }
  }

  private static void assertAgree(double tolerance, Function<Machine, double[]> kernels) {
    double[] expected = run("reference", kernels);
    double[] actual = run("simd", kernels);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance + 1e-6 * Math.abs(expected[i]), "at " + i);
    }
  }

  private static double[] run(String name, Function<Machine, double[]> kernels) {
    try (Backend backend = Backends.open(name, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      return kernels.apply(new Machine(backend, workspace));
    }
  }
}
