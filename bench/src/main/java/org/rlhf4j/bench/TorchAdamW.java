package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;

/** Clipping by the norm of all gradients, then AdamW, by libtorch: {@code beta} 0.9 and 0.95. */
final class TorchAdamW {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.95f;

  private final List<NDArray> parameters;
  private final List<NDArray> firstMoments = new ArrayList<>();
  private final List<NDArray> secondMoments = new ArrayList<>();
  private final float weightDecay;
  private int steps;

  /**
   * @param weightDecay of matrices
   */
  TorchAdamW(NDManager manager, List<NDArray> parameters, double weightDecay) {
    this.parameters = parameters;
    this.weightDecay = (float) weightDecay;
    for (NDArray parameter : parameters) {
      firstMoments.add(manager.zeros(parameter.getShape()));
      secondMoments.add(manager.zeros(parameter.getShape()));
    }
  }

  /**
   * {@return the norm of the gradients, which are then zero}
   *
   * @param learningRate of this step
   */
  double step(double learningRate) {
    steps++;
    double squares = 0;
    for (NDArray parameter : parameters) {
      float norm = parameter.getGradient().norm().getFloat();
      squares += norm * norm;
    }
    double norm = Math.sqrt(squares);
    float factor = (float) Math.min(1, 1 / norm);
    double corrected =
        learningRate * Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps));
    for (int i = 0; i < parameters.size(); i++) {
      NDArray value = parameters.get(i);
      NDArray gradient = value.getGradient();
      value
          .getNDArrayInternal()
          .adamUpdate(
              new NDList(value, gradient, firstMoments.get(i), secondMoments.get(i)),
              new NDList(value),
              (float) learningRate,
              (float) corrected,
              value.getShape().dimension() > 1 ? weightDecay : 0,
              factor,
              -1,
              BETA1,
              BETA2,
              1e-8f,
              false,
              true);
      gradient.subi(gradient);
    }
    return norm;
  }
}
