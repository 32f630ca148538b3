package org.rlhf4j.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rlhf4j.autograd.op.Affine;
import org.rlhf4j.autograd.op.Concat;
import org.rlhf4j.autograd.op.Entropy;
import org.rlhf4j.autograd.op.LogSoftmax;
import org.rlhf4j.autograd.op.LogSumExp;
import org.rlhf4j.autograd.op.Masked;
import org.rlhf4j.autograd.op.MatrixProduct;
import org.rlhf4j.autograd.op.PairwiseOp;
import org.rlhf4j.autograd.op.PointwiseOp;
import org.rlhf4j.autograd.op.Reshape;
import org.rlhf4j.autograd.op.Slice;
import org.rlhf4j.autograd.op.Softmax;
import org.rlhf4j.autograd.op.Sum;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;

/**
 * A tensor on a {@link Tape}. All mathematics is written in these methods; shapes broadcast by the
 * rule of {@link Shape#broadcast}: equal ranks, axes of 1 stretch, scalars stretch to anything.
 */
public final class Variable {
  private final Tape tape;
  private final String op;
  private final Tensor value;
  private final boolean requiresGradient;
  private final boolean isParameter;

  /** Whose elements these are, under another shape, and whose gradient. */
  private final @Nullable Variable source;

  private @Nullable Tensor gradient;
  @Nullable Consumer<Tensor> backward;

  Variable(
      Tape tape, String op, Tensor value, boolean requiresGradient, @Nullable Tensor gradient) {
    this.tape = tape;
    this.op = op;
    this.value = value;
    this.requiresGradient = requiresGradient;
    this.isParameter = gradient != null;
    this.gradient = gradient;
    this.source = null;
  }

  /** The elements of another under another shape, with no gradient of its own. */
  Variable(Variable source, Shape shape) {
    this.tape = source.tape;
    this.op = "reshape";
    this.value = source.value.reshape(shape);
    this.requiresGradient = source.requiresGradient;
    this.isParameter = false;
    this.source = source;
  }

  public Tape tape() {
    return tape;
  }

  public Tensor value() {
    return value;
  }

  public Shape shape() {
    return value.shape();
  }

  public boolean requiresGradient() {
    return requiresGradient;
  }

  /** {@return the only element, on the host} */
  public double item() {
    return value.item();
  }

  /**
   * Lets an op add to this variable's gradient; skipped when nobody asks for it.
   *
   * @param intoGradient adds into a tensor of this variable's shape
   */
  public void accumulate(Consumer<Tensor> intoGradient) {
    if (requiresGradient) {
      intoGradient.accept(gradient());
    }
  }

  /**
   * The same for a kernel that adds to the gradients of several variables at once. Each gets a
   * tensor of its own: if nobody asks for its gradient, or two of them share one, what the kernel
   * adds is first gathered elsewhere.
   */
  public static void accumulate(List<Variable> variables, Consumer<List<Tensor>> intoGradients) {
    Workspace workspace = variables.getFirst().tape.workspace();
    List<Tensor> into = new ArrayList<>();
    for (Variable x : variables) {
      boolean own = x.requiresGradient && into.stream().noneMatch(x.gradient()::sharesMemory);
      into.add(own ? x.gradient() : workspace.zeros(x.shape()));
    }
    intoGradients.accept(into);
    for (int i = 0; i < into.size(); i++) {
      Variable x = variables.get(i);
      Tensor added = into.get(i);
      if (!x.requiresGradient || !x.gradient().sharesMemory(added)) {
        x.accumulate(dx -> workspace.backend().elements().addScaled(added, 1, dx));
        workspace.release(added);
      }
    }
  }

  /** What an op adds to a gradient. */
  @FunctionalInterface
  public interface Contribution {
    /**
     * Adds to a gradient, or overwrites one that holds nothing yet.
     *
     * @param add whether to add
     */
    void to(Tensor gradient, boolean add);
  }

  /**
   * As {@link #accumulate(Consumer)}, for a kernel that can also overwrite, so that a new gradient
   * need not be 0 first.
   */
  public void contribute(Contribution contribution) {
    if (requiresGradient) {
      boolean add = hasGradient();
      contribution.to(add ? gradient() : newGradient(), add);
    }
  }

  private Tensor gradient() {
    if (source != null) {
      return source.gradient().reshape(shape());
    }
    Tensor known = gradient;
    if (known == null) {
      known = newGradient();
      tape.backend().elements().fill(known, 0);
    }
    return known;
  }

  private boolean hasGradient() {
    return source == null ? gradient != null : source.hasGradient();
  }

  private Tensor newGradient() {
    if (source != null) {
      return source.newGradient().reshape(shape());
    }
    Tensor created = tape.workspace().empty(shape());
    gradient = created;
    return created;
  }

  /** Runs the op's backward if anything reached its result, then frees that gradient. */
  void propagate() {
    Tensor reached = gradient;
    if (reached == null || backward == null) {
      return;
    }
    backward.accept(reached);
    backward = null;
    if (!isParameter) {
      gradient = null;
      tape.workspace().release(reached);
    }
  }

  /**
   * Gives the memory of the value back before the step ends, if the tape records; a gradient still
   * flows through. For what no backward pass reads again: the result of a linear layer, say, of
   * which only the sum with something else is used. Reading it afterwards is an error.
   */
  public void forget() {
    if (tape.isRecording()) {
      tape.workspace().release(value);
    }
  }

  /** {@return the same value as a constant: no gradient flows through} */
  public Variable detach() {
    return tape.constant(value);
  }

  public Variable add(Variable other) {
    return PairwiseOp.of(Pairwise.ADD, this, other);
  }

  public Variable add(double other) {
    return Affine.of(this, 1, other);
  }

  public Variable sub(Variable other) {
    return PairwiseOp.of(Pairwise.SUB, this, other);
  }

  public Variable sub(double other) {
    return Affine.of(this, 1, -other);
  }

  public Variable mul(Variable other) {
    return PairwiseOp.of(Pairwise.MUL, this, other);
  }

  public Variable mul(double other) {
    return Affine.of(this, other, 0);
  }

  public Variable div(Variable other) {
    return PairwiseOp.of(Pairwise.DIV, this, other);
  }

  public Variable div(double other) {
    return Affine.of(this, 1 / other, 0);
  }

  /** {@return the larger of both, element by element} */
  public Variable max(Variable other) {
    return PairwiseOp.of(Pairwise.MAX, this, other);
  }

  public Variable max(double other) {
    return max(tape.scalar(other));
  }

  /** {@return the smaller of both, element by element} */
  public Variable min(Variable other) {
    return PairwiseOp.of(Pairwise.MIN, this, other);
  }

  public Variable min(double other) {
    return min(tape.scalar(other));
  }

  /** {@return this held within [low, high]; the gradient is 0 outside and passes at the bounds} */
  public Variable clamp(double low, double high) {
    return max(low).min(high);
  }

  public Variable neg() {
    return PointwiseOp.of(Pointwise.NEG, this);
  }

  public Variable exp() {
    return PointwiseOp.of(Pointwise.EXP, this);
  }

  /** {@return e^x - 1, exact for small x} */
  public Variable expm1() {
    return PointwiseOp.of(Pointwise.EXPM1, this);
  }

  /** {@return e^x - 1 - x, exact for small x} */
  public Variable expRemainder() {
    return PointwiseOp.of(Pointwise.EXP_REMAINDER, this);
  }

  public Variable log() {
    return PointwiseOp.of(Pointwise.LOG, this);
  }

  /** {@return log(1 + x), exact for small x} */
  public Variable log1p() {
    return PointwiseOp.of(Pointwise.LOG1P, this);
  }

  /** {@return log(1 - e^x) for x below 0} */
  public Variable log1mExp() {
    return PointwiseOp.of(Pointwise.LOG1M_EXP, this);
  }

  public Variable square() {
    return PointwiseOp.of(Pointwise.SQUARE, this);
  }

  public Variable sqrt() {
    return PointwiseOp.of(Pointwise.SQRT, this);
  }

  public Variable reciprocal() {
    return PointwiseOp.of(Pointwise.RECIPROCAL, this);
  }

  public Variable abs() {
    return PointwiseOp.of(Pointwise.ABS, this);
  }

  public Variable relu() {
    return PointwiseOp.of(Pointwise.RELU, this);
  }

  public Variable tanh() {
    return PointwiseOp.of(Pointwise.TANH, this);
  }

  public Variable sigmoid() {
    return PointwiseOp.of(Pointwise.SIGMOID, this);
  }

  public Variable logSigmoid() {
    return PointwiseOp.of(Pointwise.LOG_SIGMOID, this);
  }

  public Variable softplus() {
    return PointwiseOp.of(Pointwise.SOFTPLUS, this);
  }

  public Variable silu() {
    return PointwiseOp.of(Pointwise.SILU, this);
  }

  public Variable gelu() {
    return PointwiseOp.of(Pointwise.GELU, this);
  }

  /** {@return the sum of all elements, a scalar} */
  public Variable sum() {
    return Sum.of(this, Shape.scalar());
  }

  /** {@return sums along an axis, which stays with length 1} */
  public Variable sum(int axis) {
    return Sum.of(this, shape().with(axis, 1));
  }

  /** {@return the mean of all elements, a scalar} */
  public Variable mean() {
    return sum().div(shape().size());
  }

  /** {@return means along an axis, which stays with length 1} */
  public Variable mean(int axis) {
    return sum(axis).div(shape().dim(axis));
  }

  /** {@return this where mask is not 0, else {@code fill}; what is masked gets no gradient} */
  public Variable masked(Tensor mask, double fill) {
    return Masked.of(this, mask, fill);
  }

  public Variable reshape(int... dims) {
    return Reshape.of(this, Shape.of(dims));
  }

  public Variable reshape(Shape shape) {
    return Reshape.of(this, shape);
  }

  /** {@return the elements {@code from} to {@code to}, exclusive, along an axis} */
  public Variable slice(int axis, int from, int to) {
    return Slice.of(this, axis, from, to);
  }

  /** {@return the parts one after another along an axis} */
  public static Variable concat(int axis, List<Variable> parts) {
    return Concat.of(axis, parts);
  }

  /** {@return the matrix product with the last two axes, batch by batch} */
  public Variable matmul(Variable other) {
    return MatrixProduct.of(this, false, other, false);
  }

  /** {@return softmax over the last axis} */
  public Variable softmax() {
    return Softmax.of(this);
  }

  /** {@return log softmax over the last axis} */
  public Variable logSoftmax() {
    return LogSoftmax.of(this);
  }

  /** {@return log sum exp over the last axis, which is dropped} */
  public Variable logSumExp() {
    return LogSumExp.of(this);
  }

  /** {@return the entropy of softmax over the last axis, in nats; the axis is dropped} */
  public Variable entropy() {
    return Entropy.of(this);
  }

  /** {@return the log-probability of one id per row of logits; see {@link TokenLogprobs}} */
  public Variable tokenLogprobs(int[] ids) {
    return TokenLogprobs.of(this, ids);
  }

  @Override
  public String toString() {
    return op + shape();
  }
}
