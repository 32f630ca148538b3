package org.rlhf4j.rlhf.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;

/** One step: ask the objective, walk back, clip, update. All stages train through it. */
public final class Trainer {
  private final List<Parameter> parameters;
  private final AdamW optimizer;
  private final Schedule schedule;
  private final double maxGradientNorm;
  private final Pool pool;

  /**
   * @param workspace owner of the optimizer's state; lives as long as the trainer
   */
  public Trainer(
      List<Parameter> parameters,
      AdamW.Config config,
      Schedule schedule,
      double maxGradientNorm,
      Workspace workspace) {
    this.parameters = parameters;
    this.optimizer = new AdamW(config, parameters, workspace);
    this.schedule = schedule;
    this.maxGradientNorm = maxGradientNorm;
    this.pool = workspace.pool();
  }

  /**
   * {@return the metrics of the step, averaged by weight over the micro-batches}
   *
   * @throws IllegalStateException if the gradient is not finite; nothing was updated then
   */
  public <B> Map<String, Double> step(List<B> microBatches, Objective<B> objective) {
    double total = microBatches.stream().mapToDouble(objective::weight).sum();
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (B batch : microBatches) {
      double share = objective.weight(batch) / total;
      try (Tape tape = Tape.recording(pool)) {
        LossOutput output = objective.loss(tape, batch);
        tape.backward(output.loss().mul(share));
        output.metrics().forEach((name, value) -> metrics.merge(name, share * value, Double::sum));
      }
    }
    double learningRate = schedule.at(optimizer.steps());
    try (Workspace step = new Workspace(pool)) {
      GradientNorm norm = new GradientNorm(parameters, maxGradientNorm, step);
      if (!Double.isFinite(norm.value())) {
        throw new IllegalStateException(
            "the gradient norm is %s at step %d; lower the learning rate"
                .formatted(norm.value(), optimizer.steps()));
      }
      optimizer.step(learningRate, norm);
      metrics.put("gradient_norm", norm.value());
    }
    metrics.put("learning_rate", learningRate);
    return metrics;
  }
}
