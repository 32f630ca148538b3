package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;

/** The update of parameters, the only place where they change. */
public interface OptimizerKernels {
  /** The numbers of one AdamW step; {@code step} counts from 1. */
  record AdamWStep(
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      int step) {}

  /** total[0] += sum_i x[i]^2, for the global gradient norm. */
  default void addSumOfSquares(Tensor x, Tensor total) {
    HostBuffer in = x.host();
    double sum = 0;
    for (int i = 0; i < x.size(); i++) {
      sum += in.get(i) * in.get(i);
    }
    total.host().add(0, sum);
  }

  /**
   * factor[0] = min(1, maxNorm / sqrt(sumOfSquares[0])): what gradients are multiplied by so that
   * their global norm is at most {@code maxNorm}. It stays on the device.
   */
  default void clipFactor(Tensor sumOfSquares, double maxNorm, Tensor factor) {
    double norm = Math.sqrt(sumOfSquares.host().get(0));
    factor.host().set(0, norm > maxNorm ? maxNorm / norm : 1);
  }

  /**
   * AdamW with decoupled weight decay (arXiv 1711.05101), with g = gradientFactor[0] gradient:
   *
   * <pre>
   * m = beta1 m + (1 - beta1) g
   * v = beta2 v + (1 - beta2) g^2
   * p = p - learningRate (m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + epsilon)
   *                       + weightDecay p)
   * </pre>
   */
  default void adamW(
      Tensor parameter,
      Tensor gradient,
      Tensor gradientFactor,
      Tensor firstMoment,
      Tensor secondMoment,
      AdamWStep at) {
    HostBuffer p = parameter.host();
    HostBuffer g = gradient.host();
    HostBuffer m = firstMoment.host();
    HostBuffer v = secondMoment.host();
    double factor = gradientFactor.host().get(0);
    double correction1 = 1 - Math.pow(at.beta1(), at.step());
    double correction2 = 1 - Math.pow(at.beta2(), at.step());
    for (int i = 0; i < parameter.size(); i++) {
      double slope = factor * g.get(i);
      double first = at.beta1() * m.get(i) + (1 - at.beta1()) * slope;
      double second = at.beta2() * v.get(i) + (1 - at.beta2()) * slope * slope;
      m.set(i, first);
      v.set(i, second);
      double direction = first / correction1 / (Math.sqrt(second / correction2) + at.epsilon());
      p.set(i, p.get(i) - at.learningRate() * (direction + at.weightDecay() * p.get(i)));
    }
  }
}
