package org.rlhf4j.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * What happened, in order, and the memory it happened in. Walking the list backwards is a
 * topological order, so the gradient of a scalar needs no graph search. Closing the tape gives all
 * intermediates back to the pool: no tensor outlives its step.
 *
 * <pre>{@code
 * try (Tape tape = Tape.recording(pool)) {
 *   Variable loss = tape.use(weight).square().sum();
 *   tape.backward(loss); // weight.gradient() += 2 weight
 * }
 * }</pre>
 */
public final class Tape implements AutoCloseable {
  private final Workspace workspace;
  private final boolean recording;
  private final List<Variable> nodes = new ArrayList<>();
  private final @Nullable PackedWeights packed;
  private boolean consumed;

  private Tape(Pool pool, boolean recording, @Nullable PackedWeights packed) {
    this.workspace = new Workspace(pool);
    this.recording = recording;
    this.packed = packed;
  }

  /** {@return a tape whose results can be differentiated} */
  public static Tape recording(Pool pool) {
    return new Tape(pool, true, null);
  }

  /** {@return a tape that only computes: the same code samples and evaluates} */
  public static Tape noGrad(Pool pool) {
    return new Tape(pool, false, null);
  }

  /** {@return a tape that only computes, for one of many steps with the same weights} */
  public static Tape noGrad(Pool pool, PackedWeights packed) {
    return new Tape(pool, false, packed);
  }

  public Backend backend() {
    return workspace.backend();
  }

  /** {@return the owner of this step's intermediates} */
  public Workspace workspace() {
    return workspace;
  }

  public boolean isRecording() {
    return recording;
  }

  /**
   * {@return the parameter as a variable; its gradient flows into {@link Parameter#gradient} unless
   * it is frozen}
   */
  public Variable use(Parameter parameter) {
    if (parameter.frozen()) {
      return new Variable(this, parameter.name(), parameter.value(), false, null);
    }
    return new Variable(this, parameter.name(), parameter.value(), recording, parameter.gradient());
  }

  /**
   * y = rows weight^T, from the packed weight if this tape has such.
   *
   * @param rows {@code [rows, in]}
   * @param weight {@code [out, in]}
   * @param y {@code [rows, out]}, overwritten
   */
  public void linear(Tensor rows, Tensor weight, Tensor y) {
    if (packed == null) {
      backend().matrices().multiply(rows, false, weight, true, y, false);
    } else {
      backend().matrices().multiplyPacked(rows, packed.of(weight), y);
    }
  }

  /** {@return a variable that nobody asks a gradient of} */
  public Variable constant(Tensor value) {
    return new Variable(this, "constant", value, false, null);
  }

  /** {@return a constant with these elements in row-major order} */
  public Variable constant(Shape shape, double... values) {
    return constant(workspace.of(shape, values));
  }

  /** {@return a constant with these elements in row-major order} */
  public Variable constant(Shape shape, float[] values) {
    return constant(workspace.of(shape, values));
  }

  /**
   * {@return a constant with the elements of a variable of another tape, which may close before}
   */
  public Variable copy(Variable other) {
    Tensor copy = workspace.empty(other.shape());
    backend().elements().copy(other.value(), copy);
    return constant(copy);
  }

  /** {@return a constant of rank 0, which broadcasts with everything} */
  public Variable scalar(double value) {
    return constant(workspace.full(Shape.scalar(), value));
  }

  /**
   * Records the result of an op.
   *
   * @param op its name, for messages
   * @param out its result, from this tape's {@link #workspace}
   * @param backward called once with the gradient of {@code out}; adds to the gradients of the
   *     inputs through {@link Variable#accumulate}
   * @param inputs what the result depends on
   */
  public Variable record(String op, Tensor out, Consumer<Tensor> backward, Variable... inputs) {
    boolean differentiable = false;
    for (Variable input : inputs) {
      if (input.tape() != this) {
        throw new IllegalArgumentException(
            "%s mixes two tapes: input %s belongs to another one".formatted(op, input));
      }
      differentiable |= input.requiresGradient();
    }
    Variable result = new Variable(this, op, out, differentiable, null);
    if (differentiable) {
      result.backward = backward;
      nodes.add(result);
    }
    return result;
  }

  /** {@return the same elements under another shape; what reaches their gradient reaches x's} */
  public Variable reshape(Variable x, Shape shape) {
    return new Variable(x, shape);
  }

  /**
   * Adds d loss / d parameter to the gradient of every parameter used. Each intermediate gradient
   * is given back as soon as it was used.
   *
   * @throws IllegalArgumentException if the loss is not one number, is of another tape or depends
   *     on no parameter
   * @throws IllegalStateException if the tape does not record or was walked before
   */
  public void backward(Variable loss) {
    if (loss.shape().size() != 1) {
      throw new IllegalArgumentException(
          "backward needs a loss of one number, but its shape is " + loss.shape());
    }
    if (!recording) {
      throw new IllegalStateException("this tape does not record; use Tape.recording to train");
    }
    if (consumed) {
      throw new IllegalStateException(
          "this tape was walked back already; sum the losses or use one tape for each");
    }
    if (loss.tape() != this) {
      throw new IllegalArgumentException("the loss " + loss + " belongs to another tape");
    }
    if (!loss.requiresGradient()) {
      throw new IllegalArgumentException(
          "the loss " + loss + " depends on no parameter; nothing can be learned from it");
    }
    consumed = true;
    loss.accumulate(seed -> backend().elements().affine(seed, 1, 1, seed));
    for (Variable node : nodes.reversed()) {
      node.propagate();
    }
    nodes.clear();
  }

  /** Gives the memory of everything computed on this tape back to the pool. */
  @Override
  public void close() {
    workspace.close();
  }

  /** {@return one line for each recorded op: name, shape, elements held} */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(recording ? "recording tape" : "tape without gradient");
    for (Variable node : nodes) {
      text.append("\n  ").append(node).append(' ').append(node.shape().size());
    }
    return text.toString();
  }
}
