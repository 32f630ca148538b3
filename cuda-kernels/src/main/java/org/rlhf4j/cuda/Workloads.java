package org.rlhf4j.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;
import org.rlhf4j.tensor.kernel.Pointwise;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.TokenDraw;

/** What {@link GpuBenchmark} times: a launch with its tensors, for a number of rows and columns. */
final class Workloads {
  static final int HEAD = 64;

  private Workloads() {}

  /** A kernel with its tensors: what to time, and what it wrote. */
  record Prepared(Runnable launch, List<Tensor> outputs) {}

  /** Makes the tensors of a kernel. */
  interface Use {
    Prepared prepare(Backend machine, Workspace workspace, int rows, int columns);
  }

  /**
   * A kernel and what it moves at least.
   *
   * @param work bytes an element, or floating-point operations an element
   */
  record Workload(String name, double work, Use use) {}

  /** Over rows of any length; the work is in bytes an element. */
  static final List<Workload> ROWS =
      List.of(
          new Workload("softmax", 8, Workloads::softmax),
          new Workload("softmax backward", 16, Workloads::softmaxBackward),
          new Workload("log-softmax", 8, Workloads::logSoftmax),
          new Workload("entropy", 4, Workloads::entropy),
          new Workload("token logprobs", 4, Workloads::tokenLogprobs),
          new Workload("token logprobs backward", 12, Workloads::tokenLogprobsBackward));

  /** Over the width of a model. */
  static final List<Workload> WIDTHS =
      List.of(
          new Workload("rmsnorm", 8, Workloads::rmsNorm),
          new Workload("rmsnorm backward, input", 16, Workloads::rmsNormBackward),
          new Workload("layernorm", 8, Workloads::layerNorm),
          new Workload("swiglu", 12, Workloads::swiGlu),
          new Workload("swiglu backward", 28, Workloads::swiGluBackward),
          new Workload("gelu", 8, Workloads::gelu),
          new Workload("add scaled", 12, Workloads::addScaled),
          new Workload("adamw", 28, Workloads::adamW));

  /** Tokens of a batch, with the way of the draws to the host; their logprobs are compared. */
  static final List<Workload> DRAWS =
      List.of(
          new Workload("next tokens", 4, draws(new TokenDraw.Law(1, Integer.MAX_VALUE, 1))),
          new Workload("next tokens, top-k, top-p", 4, draws(new TokenDraw.Law(1, 50, 0.9))));

  /** Rows are heads of 64, columns the time; the work is in operations a pair that sees itself. */
  static final List<Workload> ATTENTION =
      List.of(
          new Workload("attention", 4 * HEAD, Workloads::attention),
          new Workload("attention backward", 10 * HEAD, Workloads::attentionBackward));

  private static Prepared softmax(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor y = w.empty(x.shape());
    return new Prepared(() -> machine.rows().softmax(x, y), List.of(y));
  }

  private static Prepared softmaxBackward(Backend machine, Workspace w, int rows, int columns) {
    Tensor y = random(w, rows, columns, 0);
    machine.rows().softmax(y, y);
    Tensor dy = random(w, rows, columns, 1);
    Tensor dx = w.zeros(y.shape());
    return new Prepared(() -> machine.rows().softmaxBackward(y, dy, dx), List.of(dx));
  }

  private static Prepared logSoftmax(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor y = w.empty(x.shape());
    return new Prepared(() -> machine.rows().logSoftmax(x, y), List.of(y));
  }

  private static Prepared entropy(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor entropy = w.empty(Shape.of(rows));
    Tensor lse = w.empty(Shape.of(rows));
    return new Prepared(() -> machine.rows().entropy(x, entropy, lse), List.of(entropy, lse));
  }

  private static Prepared tokenLogprobs(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor logprobs = w.empty(Shape.of(rows));
    Tensor lse = w.empty(Shape.of(rows));
    int[] ids = new int[rows];
    return new Prepared(
        () -> machine.rows().tokenLogprobs(x, ids, logprobs, lse), List.of(logprobs, lse));
  }

  private static Prepared tokenLogprobsBackward(
      Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor lse = w.empty(Shape.of(rows));
    machine.rows().logSumExp(x, lse);
    Tensor dlogprobs = w.full(Shape.of(rows), 0.5);
    Tensor dx = w.zeros(x.shape());
    int[] ids = new int[rows];
    return new Prepared(
        () -> machine.rows().tokenLogprobsBackward(x, ids, lse, dlogprobs, dx), List.of(dx));
  }

  private static Prepared rmsNorm(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor weight = w.full(Shape.of(columns), 1);
    Tensor y = w.empty(x.shape());
    Tensor rstd = w.empty(Shape.of(rows));
    return new Prepared(() -> machine.norms().rmsNorm(x, weight, 1e-5, y, rstd), List.of(y, rstd));
  }

  private static Prepared rmsNormBackward(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor weight = w.full(Shape.of(columns), 1);
    Tensor rstd = w.full(Shape.of(rows), 0.4);
    Tensor dy = random(w, rows, columns, 1);
    Tensor dx = w.zeros(x.shape());
    return new Prepared(
        () -> machine.norms().rmsNormBackwardInput(x, weight, rstd, dy, dx), List.of(dx));
  }

  private static Prepared layerNorm(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor weight = w.full(Shape.of(columns), 1);
    Tensor bias = w.zeros(Shape.of(columns));
    Tensor y = w.empty(x.shape());
    Tensor mean = w.empty(Shape.of(rows));
    Tensor rstd = w.empty(Shape.of(rows));
    return new Prepared(
        () -> machine.norms().layerNorm(x, weight, bias, 1e-5, y, mean, rstd), List.of(y, rstd));
  }

  private static Prepared swiGlu(Backend machine, Workspace w, int rows, int columns) {
    Tensor gate = random(w, rows, columns, 0);
    Tensor up = random(w, rows, columns, 1);
    Tensor y = w.empty(gate.shape());
    return new Prepared(() -> machine.elements().swiGlu(gate, up, y), List.of(y));
  }

  private static Prepared swiGluBackward(Backend machine, Workspace w, int rows, int columns) {
    Tensor gate = random(w, rows, columns, 0);
    Tensor up = random(w, rows, columns, 1);
    Tensor dy = random(w, rows, columns, 2);
    Tensor dgate = w.zeros(gate.shape());
    Tensor dup = w.zeros(gate.shape());
    return new Prepared(
        () -> machine.elements().swiGluBackward(gate, up, dy, dgate, dup), List.of(dgate, dup));
  }

  private static Prepared gelu(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor y = w.empty(x.shape());
    return new Prepared(() -> machine.elements().pointwise(Pointwise.GELU, x, y), List.of(y));
  }

  private static Prepared addScaled(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor y = random(w, rows, columns, 1);
    return new Prepared(() -> machine.elements().addScaled(x, 0.5, y), List.of(y));
  }

  private static Prepared adamW(Backend machine, Workspace w, int rows, int columns) {
    Tensor p = random(w, rows, columns, 0);
    Tensor g = random(w, rows, columns, 1);
    Tensor m = w.zeros(p.shape());
    Tensor v = w.zeros(p.shape());
    Tensor factor = w.full(Shape.of(1), 1);
    AdamWStep step = new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0.1, 1);
    return new Prepared(
        () -> machine.optimizers().adamW(p, g, factor, m, v, step), List.of(p, m, v));
  }

  private static Use draws(TokenDraw.Law law) {
    return (machine, w, rows, columns) -> {
      Tensor x = random(w, rows, columns, 0);
      Tensor logprobs = w.empty(Shape.of(rows));
      int[] all = IntStream.range(0, rows).toArray();
      double[] uniforms = new SplittableRandom(1).doubles(rows).toArray();
      return new Prepared(
          () -> {
            TokenDraw[] draws = machine.sampling().draw(x, all, law, uniforms);
            logprobs.set(Arrays.stream(draws).mapToDouble(TokenDraw::logprob).toArray());
          },
          List.of(logprobs));
    };
  }

  /** Queries, keys and values of causal attention, and what the forward kernel makes of them. */
  private record Attended(Tensor q, Tensor k, Tensor v, Tensor out, Tensor lse, Positions at) {
    static final double SCALE = 0.125;

    static Attended of(Workspace w, int heads, int time) {
      Shape shape = Shape.of(1, time, heads, HEAD);
      return new Attended(
          random(w, shape, 0),
          random(w, shape, 1),
          random(w, shape, 2),
          w.empty(shape),
          w.empty(Shape.of(1, heads, time)),
          new Positions(new int[1], 0));
    }

    void forward(Backend machine) {
      machine.attention().attention(q, k, v, at, SCALE, out, lse);
    }
  }

  private static Prepared attention(Backend machine, Workspace w, int heads, int time) {
    Attended a = Attended.of(w, heads, time);
    return new Prepared(() -> a.forward(machine), List.of(a.out(), a.lse()));
  }

  private static Prepared attentionBackward(Backend machine, Workspace w, int heads, int time) {
    Attended a = Attended.of(w, heads, time);
    a.forward(machine);
    Tensor dout = random(w, a.q().shape(), 3);
    Tensor dq = w.zeros(a.q().shape());
    Tensor dk = w.zeros(a.q().shape());
    Tensor dv = w.zeros(a.q().shape());
    return new Prepared(
        () ->
            machine
                .attention()
                .attentionBackward(
                    a.q(),
                    a.k(),
                    a.v(),
                    a.out(),
                    a.lse(),
                    dout,
                    a.at(),
                    Attended.SCALE,
                    dq,
                    dk,
                    dv),
        List.of(dq, dk, dv));
  }

  static Tensor random(Workspace workspace, int rows, int columns, long seed) {
    return random(workspace, Shape.of(rows, columns), seed);
  }

  private static Tensor random(Workspace workspace, Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-4, 4);
    }
    return workspace.of(shape, values);
  }
}
