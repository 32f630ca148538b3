package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.OwnJvm;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/**
 * What a training step allocates on the heap after warm-up. Tensors and the kernels' scratch:
 * nothing. What remains are small objects: for an op its node, closures, shapes and loans from the
 * pool, for a loop of a kernel its closure and, when shared out, its job, for a tile of attention
 * its views. Together they take less than 3 KB an op, forward, backward and update, and hardly
 * depend on the batch; the tensors of the larger batch here take more than ten times as much.
 *
 * <p>Measured in a JVM of its own: what C2 inlines, and so what it keeps off the heap, follows from
 * all that a process ran before.
 */
class StepAllocationTest {
  private static final DecoderConfig CONFIG = DecoderConfig.llama(64, 64, 48, 2, 4, 2, 96);
  private static final int VOCABULARY = 64;

  private static final int BYTES_AN_OP = 3_000;

  /** Steps within which C2 must have compiled the kernels; before, each vector is an object. */
  private static final int MOST_STEPS = 10_000;

  @Test
  void tensorsAllocateNothingAfterWarmUp() throws Exception {
    Process own = OwnJvm.start(Steps.class, "-Xmx512m", "-XX:+UseSerialGC");
    String printed = new String(own.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, own.waitFor(), printed);
    Matcher figures =
        Pattern.compile("steps of (\\d+) and (\\d+) bytes, bound (\\d+)").matcher(printed);
    assertTrue(figures.find(), printed);
    long bound = Long.parseLong(figures.group(3));
    assertTrue(Long.parseLong(figures.group(1)) <= bound, printed);
    assertTrue(Long.parseLong(figures.group(2)) <= bound, printed);
  }

  /** What the other JVM runs: steps until they allocate little, or C2 had time enough. */
  static final class Steps {
    private Steps() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backends.open("simd", 2);
          Pool pool = new Pool(backend);
          Workspace workspace = new Workspace(pool)) {
        Training training = new Training(pool, workspace);
        TokenBatch small = batch(2, 17);
        TokenBatch large = batch(9, 43);
        for (int i = 0;
            i < 2;
            i++) { // the second small step borrows some of the large one's buffers
          training.step(small);
          training.step(large);
        }
        long buffers = pool.allocations();
        int bound = training.ops * BYTES_AN_OP;
        long ofSmall = Long.MAX_VALUE;
        long ofLarge = Long.MAX_VALUE;
        for (int step = 0; (ofSmall > bound || ofLarge > bound) && step < MOST_STEPS; step++) {
          ofSmall = Math.min(ofSmall, bytes(() -> training.step(small)));
          ofLarge = Math.min(ofLarge, bytes(() -> training.step(large)));
        }
        assertTrue(4 * pool.allocatedElements() > 10L * bound, "the tensors are too small to tell");
        assertEquals(buffers, pool.allocations(), "buffers that the pool had to make");
        System.out.printf("steps of %d and %d bytes, bound %d%n", ofSmall, ofLarge, bound);
      }
    }
  }

  /** {@return the bytes that this thread and the backend's allocate meanwhile} */
  private static long bytes(Runnable work) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] own =
        IntStream.concat(
                IntStream.of((int) Thread.currentThread().threadId()),
                Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                    .filter(thread -> thread != null)
                    .filter(thread -> thread.getThreadName().startsWith("rlhf4j-simd"))
                    .mapToInt(thread -> (int) thread.getThreadId()))
            .asLongStream()
            .toArray();
    long before = Arrays.stream(threads.getThreadAllocatedBytes(own)).sum();
    work.run();
    return Arrays.stream(threads.getThreadAllocatedBytes(own)).sum() - before;
  }

  private static TokenBatch batch(int rows, int time) {
    SplittableRandom random = new SplittableRandom(3);
    List<int[]> sequences =
        IntStream.range(0, rows)
            .mapToObj(r -> random.ints(time - r % 3, 0, VOCABULARY).toArray())
            .toList();
    return TokenBatch.padRight(sequences, 0);
  }

  /** A decoder that learns to predict the next token. */
  private static final class Training {
    private final Pool pool;
    private final Decoder decoder;
    private final List<Parameter> parameters;
    private final AdamW optimizer;
    private int ops;

    Training(Pool pool, Workspace workspace) {
      this.pool = pool;
      decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(1)), CONFIG);
      parameters = decoder.parameters();
      optimizer = new AdamW(AdamW.Config.PRETRAINING, parameters, workspace);
    }

    void step(TokenBatch batch) {
      try (Tape tape = Tape.recording(pool)) {
        Variable logits = decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION));
        Variable loss = CrossEntropy.of(logits, batch.ids());
        if (ops == 0) {
          ops = (int) tape.toString().lines().skip(1).count();
        }
        tape.backward(loss);
        optimizer.step(1e-3, new GradientNorm(parameters, 1, tape.workspace()));
      }
    }
  }
}
