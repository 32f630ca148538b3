package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.OptimizerKernels;

/** The update of parameters, one pass over the four arrays. */
final class SimdOptimizer implements OptimizerKernels {
  private final Parallel parallel;

  SimdOptimizer(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void addSumOfSquares(Tensor x, Tensor total) {
    total.floats()[0] += (float) new SimdSums(parallel).total(x, SimdSums::sumOfSquares);
  }

  @Override
  public void adamW(
      Tensor parameter,
      Tensor gradient,
      Tensor gradientFactor,
      Tensor firstMoment,
      Tensor secondMoment,
      AdamWStep at) {
    Step step = new Step(at, gradientFactor.floats()[0]);
    float[] p = parameter.floats();
    float[] g = gradient.floats();
    float[] m = firstMoment.floats();
    float[] v = secondMoment.floats();
    parallel.elements(parameter.size(), 2, (from, to) -> step.run(p, g, m, v, from, to));
  }

  /** The constants of a step, in single precision, as the loop uses them. */
  private static final class Step {
    private final float factor;
    private final float beta1;
    private final float beta2;
    private final float rest1;
    private final float rest2;
    private final float scale;
    private final float rootCorrection;
    private final float epsilon;
    private final float decay;

    Step(AdamWStep at, float gradientFactor) {
      factor = gradientFactor;
      beta1 = (float) at.beta1();
      beta2 = (float) at.beta2();
      rest1 = (float) (1 - at.beta1());
      rest2 = (float) (1 - at.beta2());
      scale = (float) (at.learningRate() / (1 - Math.pow(at.beta1(), at.step())));
      rootCorrection = (float) (1 / Math.sqrt(1 - Math.pow(at.beta2(), at.step())));
      epsilon = (float) at.epsilon();
      decay = (float) (1 - at.learningRate() * at.weightDecay());
    }

    /** p = (1 - lr decay) p - (lr / correction1) m / (sqrt(v) / sqrt(correction2) + epsilon). */
    void run(float[] p, float[] g, float[] m, float[] v, int from, int to) {
      FloatVector small = FloatVector.broadcast(F, epsilon);
      FloatVector root = FloatVector.broadcast(F, rootCorrection);
      for (int i = from; i < to; i += LANES) {
        VectorMask<Float> inside = F.indexInRange(i, to);
        FloatVector slope = FloatVector.fromArray(F, g, i, inside).mul(factor);
        FloatVector first = FloatVector.fromArray(F, m, i, inside).mul(beta1);
        first = slope.fma(FloatVector.broadcast(F, rest1), first);
        FloatVector second = FloatVector.fromArray(F, v, i, inside).mul(beta2);
        second = slope.mul(slope).fma(FloatVector.broadcast(F, rest2), second);
        first.intoArray(m, i, inside);
        second.intoArray(v, i, inside);
        FloatVector direction = first.mul(scale).div(second.sqrt().fma(root, small));
        FloatVector kept = FloatVector.fromArray(F, p, i, inside).mul(decay);
        kept.sub(direction).intoArray(p, i, inside);
      }
    }
  }
}
