package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.Linear;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * The learned correction of a frozen linear map (arXiv 2106.09685):
 *
 * <pre>
 * y = x weight^T + (alpha / r) (x down^T) up^T
 * </pre>
 *
 * {@code up} begins at 0, so an adapted model begins as the model it adapts.
 *
 * @param down {@code [r, in]}
 * @param up {@code [out, r]}
 * @param scale alpha / r
 */
public record LowRankAdapter(Parameter down, Parameter up, double scale) implements Layer {
  /** Names of the parameters below the name of the linear map. */
  static final String DOWN = "adapter.down";

  static final String UP = "adapter.up";

  /** {@return a new adapter; down is N(0, 1 / in), so that x down^T is as large as x} */
  static LowRankAdapter of(ParameterScope linear, int in, int out, Lora lora) {
    return new LowRankAdapter(
        linear.normal(DOWN, Shape.of(lora.rank(), in), 1 / Math.sqrt(in)),
        linear.full(UP, Shape.of(out, lora.rank()), 0),
        lora.scale());
  }

  /** {@return the correction, {@code [.., out]} for {@code x} of shape {@code [.., in]}} */
  public Variable apply(Variable x) {
    Variable narrow = Linear.of(x, x.tape().use(down));
    return Linear.of(narrow, x.tape().use(up)).mul(scale);
  }

  /**
   * weight += (alpha / r) up down, after which the linear map needs no adapter.
   *
   * @param weight {@code [out, in]}, added into
   */
  void mergeInto(Tensor weight, Pool pool) {
    try (Workspace workspace = new Workspace(pool)) {
      Tensor product = workspace.empty(weight.shape());
      weight.backend().matrices().multiply(up.value(), false, down.value(), false, product, false);
      weight.backend().elements().addScaled(product, scale, weight);
    }
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(down, up);
  }
}
