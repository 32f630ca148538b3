package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.rlhf4j.OwnJvm;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.MatrixKernels;
import org.rlhf4j.tensor.kernel.NormKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.tensor.kernel.RowKernels;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;

/**
 * No vector becomes an object, whatever ran before. In a JVM of its own a decoder generates first,
 * with kernels of other shapes, and then one kernel after another runs until all that C2 would
 * compile is compiled, in the foreground, so that a busy machine changes nothing.
 */
class ObjectsTest {
  private static final int ROWS = 16;
  private static final int COLUMNS = 512;

  /** Calls after which not only the loops but those who call them have been compiled. */
  private static final int CALLS = 6_000;

  /** The last of them, whose bytes count. */
  private static final int COUNTED = 100;

  /**
   * What a call may allocate: closures and the like take less than 1 KB, one object of 16 lanes for
   * each vector of a tensor would be 48 KB.
   */
  private static final int BYTES = 8_000;

  @Test
  void noVectorIsAnObjectAfterDecoding() throws Exception {
    Process own = OwnJvm.start(AfterDecoding.class, "-Xbatch", "-Xmx512m", "-XX:+UseSerialGC");
    String printed = new String(own.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, own.waitFor(), printed);
  }

  /** What the other JVM runs: exits with 1 if kernels allocate, which it names. */
  static final class AfterDecoding {
    private AfterDecoding() {}

    public static void main(String[] arguments) {
      List<String> allocating = new ArrayList<>();
      try (Backend backend = Backends.open("simd", 1);
          Pool pool = new Pool(backend);
          Workspace workspace = new Workspace(pool)) {
        decode(pool, workspace);
        new Kernels(backend, workspace)
            .all()
            .forEach((name, kernel) -> {
              long bytes = bytes(kernel);
              if (bytes > BYTES) {
                allocating.add(name + " allocates " + bytes + " bytes a call");
              }
            });
      }
      allocating.forEach(System.out::println);
      System.exit(allocating.isEmpty() ? 0 : 1);
    }

    private static void decode(Pool pool, Workspace workspace) {
      Decoder decoder =
          new Decoder(
              ParameterScope.root(workspace, new RandomKey(1)),
              DecoderConfig.llama(512, 128, 64, 5, 8, 4, 172));
      Generator generator = new Generator(decoder, pool);
      for (int i = 0; i < 20; i++) {
        generator.generate(
            Collections.nCopies(1, new int[] {1}),
            GenerationConfig.of(Sampling.greedy(), 100),
            new RandomKey(1));
      }
    }

    /** {@return what a call allocates in this thread, which is the only one, in the end} */
    private static long bytes(Runnable kernel) {
      ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      for (int i = 0; i < CALLS - COUNTED; i++) {
        kernel.run();
      }
      long before = thread.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < COUNTED; i++) {
        kernel.run();
      }
      return (thread.getCurrentThreadAllocatedBytes() - before) / COUNTED;
    }
  }

  /** The kernels with loops over vectors, on whole vectors. */
  private static final class Kernels {
    private final Map<String, Runnable> all = new LinkedHashMap<>();
    private final Workspace workspace;
    private final Shape shape = Shape.of(ROWS, COLUMNS);
    private final Tensor x;
    private final Tensor other;
    private final Tensor y;
    private final Tensor d;
    private final Tensor row;
    private final Tensor column;

    Kernels(Backend backend, Workspace workspace) {
      this.workspace = workspace;
      x = normal(shape);
      other = normal(shape);
      y = workspace.zeros(shape);
      d = workspace.zeros(shape);
      row = normal(Shape.of(COLUMNS));
      column = workspace.zeros(Shape.of(ROWS));
      addProducts(backend.matrices());
      addNorms(backend.norms());
      addRotations(backend.attention());
      addRows(backend.rows());
      addElements(backend.elements());
      addOptimizers(backend.optimizers());
      addAttention(backend.attention());
    }

    Map<String, Runnable> all() {
      return all;
    }

    private Tensor normal(Shape of) {
      SplittableRandom random = new SplittableRandom(5);
      float[] values = new float[of.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return workspace.of(of, values);
    }

    private void addProducts(MatrixKernels matrices) {
      Tensor wide = row.reshape(Shape.of(1, COLUMNS));
      Tensor narrow = column.reshape(Shape.of(1, ROWS));
      Tensor square = workspace.zeros(Shape.of(ROWS, ROWS));
      Tensor outer = workspace.zeros(Shape.of(COLUMNS, COLUMNS));
      Tensor sum = workspace.zeros(Shape.of(1, COLUMNS));
      all.put("a row, a b^T", () -> matrices.multiply(wide, false, x, true, narrow, false));
      all.put("a row, a b", () -> matrices.multiply(narrow, false, x, false, sum, false));
      all.put("a b^T", () -> matrices.multiply(x, false, other, true, square, false));
      all.put("a b", () -> matrices.multiply(square, false, x, false, d, false));
      all.put("a^T b", () -> matrices.multiply(x, true, other, false, outer, false));
      Tensor packed = matrices.pack(other, workspace);
      all.put("a b^T, packed", () -> matrices.multiplyPacked(x, packed, square));
    }

    private void addNorms(NormKernels norms) {
      Tensor rstd = workspace.full(Shape.of(ROWS), 1);
      Tensor into = workspace.zeros(Shape.of(COLUMNS));
      all.put("layerNorm", () -> norms.layerNorm(x, row, row, 1e-5, y, column, rstd));
      all.put(
          "layerNormBackwardInput",
          () -> norms.layerNormBackwardInput(x, row, column, rstd, other, d));
      all.put(
          "layerNormBackwardWeight",
          () -> norms.layerNormBackwardWeight(x, column, rstd, other, into));
      all.put("rmsNorm", () -> norms.rmsNorm(x, row, 1e-5, y, rstd));
      all.put("rmsNormBackwardInput", () -> norms.rmsNormBackwardInput(x, row, rstd, other, d));
    }

    private void addRotations(AttentionKernels attention) {
      Shape heads = Shape.of(2, ROWS / 2, 8, COLUMNS / 8);
      Tensor from = x.reshape(heads);
      Tensor to = y.reshape(heads);
      Positions positions = Positions.unpadded(2);
      for (RotaryLayout layout : RotaryLayout.values()) {
        all.put("rotary " + layout, () -> attention.rotary(from, positions, 1e4, layout, to));
        all.put(
            "rotaryBackward " + layout,
            () -> attention.rotaryBackward(from, positions, 1e4, layout, to));
      }
    }

    private void addRows(RowKernels rows) {
      int[] ids = new int[ROWS];
      Tensor lse = workspace.zeros(Shape.of(ROWS));
      all.put("softmax", () -> rows.softmax(x, y));
      all.put("softmaxBackward", () -> rows.softmaxBackward(y, other, d));
      all.put("logSoftmax", () -> rows.logSoftmax(x, y));
      all.put("logSoftmaxBackward", () -> rows.logSoftmaxBackward(y, other, d));
      all.put("tokenLogprobs", () -> rows.tokenLogprobs(x, ids, column, lse));
      all.put("tokenLogprobsBackward", () -> rows.tokenLogprobsBackward(x, ids, lse, column, d));
      all.put("entropy", () -> rows.entropy(x, column, lse));
      all.put("entropyBackward", () -> rows.entropyBackward(x, column, lse, column, d));
    }

    private void addElements(ElementKernels elements) {
      for (Pointwise f : Pointwise.values()) {
        if (SimdPointwise.covers(f)) {
          all.put(f.name(), () -> elements.pointwise(f, x, y));
          all.put(f + " backward", () -> elements.pointwiseBackward(f, x, y, other, d));
        }
      }
      for (Pairwise f : Pairwise.values()) {
        all.put(f.name(), () -> elements.pairwise(f, x, other, y));
        all.put(f + " of left", () -> elements.pairwiseBackward(f, true, x, other, y, d));
        all.put(f + " of right", () -> elements.pairwiseBackward(f, false, x, other, y, d));
      }
      Tensor into = workspace.zeros(shape);
      all.put("swiGlu", () -> elements.swiGlu(x, other, y));
      all.put("swiGluBackward", () -> elements.swiGluBackward(x, other, y, d, into));
      all.put("affine", () -> elements.affine(x, 2, 1, y));
      all.put("addScaled", () -> elements.addScaled(x, 1e-3, y));
      all.put("masked", () -> elements.masked(x, other, 1, y));
      all.put("maskedBackward", () -> elements.maskedBackward(other, x, d));
      Tensor total = workspace.zeros(Shape.scalar());
      Tensor sums = workspace.zeros(Shape.of(ROWS, 1));
      Tensor sum = workspace.zeros(Shape.of(1, COLUMNS));
      all.put("addSum of all", () -> elements.addSum(x, total));
      all.put("addSum of rows", () -> elements.addSum(x, sums));
      all.put("addSum of columns", () -> elements.addSum(x, sum));
      all.put("addBroadcast", () -> elements.addBroadcast(sum, 1e-3, y));
    }

    private void addOptimizers(OptimizerKernels optimizers) {
      Tensor total = workspace.zeros(Shape.scalar());
      Tensor factor = workspace.full(Shape.scalar(), 1);
      Tensor first = workspace.zeros(shape);
      Tensor second = workspace.zeros(shape);
      AdamWStep step = new AdamWStep(1e-4, 0.9, 0.95, 1e-8, 0.1, 10);
      all.put("addSumOfSquares", () -> optimizers.addSumOfSquares(x, total));
      all.put("adamW", () -> optimizers.adamW(y, x, factor, first, second, step));
    }

    /** Of training, and of a step over a cache, where heads share keys or do not. */
    private void addAttention(AttentionKernels attention) {
      Shape heads = Shape.of(2, ROWS / 2, 8, COLUMNS / 8);
      Tensor q = x.reshape(heads);
      Tensor k = other.reshape(heads);
      Tensor out = y.reshape(heads);
      Tensor lse = workspace.zeros(Shape.of(2, 8, ROWS / 2));
      Positions positions = Positions.unpadded(2);
      all.put("attention", () -> attention.attention(q, k, k, positions, 0.1, out, lse));
      Tensor dq = d.reshape(heads);
      Tensor dk = workspace.zeros(heads);
      Tensor dv = workspace.zeros(heads);
      all.put(
          "attentionBackward",
          () -> attention.attentionBackward(q, k, k, out, lse, q, positions, 0.1, dq, dk, dv));
      for (int queryHeads : new int[] {8, 16}) {
        Tensor one = workspace.full(Shape.of(2, 1, queryHeads, COLUMNS / 8), 0.1);
        Tensor mixed = workspace.zeros(one.shape());
        Tensor cache = workspace.zeros(attention.cacheShape(Shape.of(2, 100, 8, COLUMNS / 8)));
        Tensor ofOne = workspace.zeros(Shape.of(2, queryHeads, 1));
        Positions late = new Positions(new int[2], 90);
        all.put(
            "cachedAttention of %d heads".formatted(queryHeads),
            () -> attention.cachedAttention(one, cache, cache, late, 0.1, mixed, ofOne));
      }
    }
  }
}
