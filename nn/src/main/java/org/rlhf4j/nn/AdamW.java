package org.rlhf4j.nn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;

/**
 * Adam with decoupled weight decay (arXiv 1711.05101). Matrices decay; vectors (norms, biases) do
 * not, as is usual for transformers.
 */
public final class AdamW {
  /** The constants of the method. */
  public record Config(double beta1, double beta2, double epsilon, double weightDecay) {
    /** beta1 0.9, beta2 0.95, epsilon 1e-8, weight decay 0.1, as for GPT-3 and Llama. */
    public static final Config PRETRAINING = new Config(0.9, 0.95, 1e-8, 0.1);

    /** beta1 0.9, beta2 0.95, epsilon 1e-8, no decay: tuning stays near where it began. */
    public static final Config TUNING = new Config(0.9, 0.95, 1e-8, 0);

    public Config {
      Check.range("beta1", beta1, 0, Math.nextDown(1.0));
      Check.range("beta2", beta2, 0, Math.nextDown(1.0));
      Check.positive("epsilon", epsilon);
      Check.notNegative("weightDecay", weightDecay);
    }
  }

  private final Config config;
  private final List<Parameter> parameters;
  private final Map<String, Tensor> firstMoments = new LinkedHashMap<>();
  private final Map<String, Tensor> secondMoments = new LinkedHashMap<>();
  private int steps;

  /**
   * @param workspace owner of the two moments of every parameter
   */
  public AdamW(Config config, List<Parameter> parameters, Workspace workspace) {
    this.config = config;
    this.parameters = List.copyOf(parameters);
    for (Parameter parameter : parameters) {
      firstMoments.put(parameter.name(), workspace.zeros(parameter.value().shape()));
      secondMoments.put(parameter.name(), workspace.zeros(parameter.value().shape()));
    }
    if (firstMoments.size() != parameters.size()) {
      throw new IllegalArgumentException("two parameters have the same name; names must be unique");
    }
  }

  /** Moves every parameter by one step along its clipped gradient, then zeroes the gradients. */
  public void step(double learningRate, GradientNorm norm) {
    steps++;
    for (Parameter parameter : parameters) {
      Tensor value = parameter.value();
      double decay = value.shape().rank() >= 2 ? config.weightDecay() : 0;
      AdamWStep at =
          new AdamWStep(
              learningRate, config.beta1(), config.beta2(), config.epsilon(), decay, steps);
      value
          .backend()
          .optimizers()
          .adamW(
              value,
              parameter.gradient(),
              norm.factor(),
              moment(firstMoments, parameter),
              moment(secondMoments, parameter),
              at);
      parameter.zeroGradient();
    }
  }

  private static Tensor moment(Map<String, Tensor> moments, Parameter parameter) {
    Tensor moment = moments.get(parameter.name());
    if (moment == null) {
      throw new AssertionError("no moment for " + parameter.name());
    }
    return moment;
  }

  /** {@return what is optimised} */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** {@return how many steps were taken} */
  public int steps() {
    return steps;
  }

  /** Continues a saved run: the moments are set through {@link #firstMoments} and its twin. */
  public void resumeAt(int steps) {
    this.steps = steps;
  }

  /** {@return running means of the gradient by parameter name, in the parameters' order} */
  public Map<String, Tensor> firstMoments() {
    return Collections.unmodifiableMap(firstMoments);
  }

  /** {@return running means of the squared gradient, likewise} */
  public Map<String, Tensor> secondMoments() {
    return Collections.unmodifiableMap(secondMoments);
  }
}
