package org.rlhf4j.rlhf.train;

import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.ToLongFunction;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;

/** The loop that all stages train through: ask the objective, walk back, clip, update. */
public final class Trainer {
  private static final String GRADIENT_NORM = "grad_norm";

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
   * Takes one step. However a batch is cut into micro-batches, the step is the same, since every
   * part of the loss divides by the totals of all: only memory differs.
   *
   * @return the figures of the step, those of its parts added up, with {@code grad_norm} before
   *     clipping and {@code learning_rate}
   * @throws IllegalStateException if the gradient is not finite; nothing was updated then
   */
  public <B> Map<String, Double> step(List<B> microBatches, Objective<B> objective) {
    Totals totals = totals(microBatches, objective);
    try (Workspace step = new Workspace(pool)) {
      StepFigures figures = new StepFigures(step);
      for (B batch : microBatches) {
        try (Tape tape = Tape.recording(pool)) {
          LossOutput part = objective.loss(tape, batch, totals);
          tape.backward(part.loss());
          figures.add(part.figures());
        }
      }
      GradientNorm norm = new GradientNorm(parameters, maxGradientNorm, step);
      figures.add(new Figures(List.of(norm.sumOfSquares()), Trainer::gradientNorm));
      Map<String, Double> metrics = figures.read(); // the only wait for the device
      requireFinite(metrics.getOrDefault(GRADIENT_NORM, Double.NaN));
      double learningRate = schedule.at(optimizer.steps());
      optimizer.step(learningRate, norm);
      metrics.put("learning_rate", learningRate);
      return metrics;
    }
  }

  /**
   * {@return the figures of an objective over some batches, as {@link #step} has them, but without
   * learning}
   */
  public static <B> Map<String, Double> measure(
      List<B> batches, Objective<B> objective, Pool pool) {
    Totals totals = totals(batches, objective);
    try (Workspace workspace = new Workspace(pool)) {
      StepFigures figures = new StepFigures(workspace);
      for (B batch : batches) {
        try (Tape tape = Tape.noGrad(pool)) {
          figures.add(objective.loss(tape, batch, totals).figures());
        }
      }
      return figures.read();
    }
  }

  private static <B> Totals totals(List<B> batches, Objective<B> objective) {
    return batches.stream()
        .map(objective::totals)
        .reduce(Totals::plus)
        .orElseThrow(() -> new IllegalArgumentException("a step needs a batch"));
  }

  private static Map<String, Double> gradientNorm(List<double[]> read) {
    return Map.of(GRADIENT_NORM, Math.sqrt(read.getFirst()[0]));
  }

  private void requireFinite(double norm) {
    if (!Double.isFinite(norm)) {
      throw new IllegalStateException(
          "the gradient norm is %s at step %d; lower the learning rate"
              .formatted(norm, optimizer.steps()));
    }
  }

  /**
   * {@return how far the stage was when it was last saved; parameters and optimizer are set to
   * that}
   */
  public int resume(Milestones milestones) {
    return milestones.resume(optimizer);
  }

  /** Saves parameters and optimizer if that is due. */
  public void save(int done, Milestones milestones) {
    milestones.save(done, optimizer);
  }

  /** As the other {@code run}, to the last step and without a pause. */
  public <B> void run(
      String stage,
      List<List<B>> steps,
      Objective<B> objective,
      ToLongFunction<B> tokens,
      String figure,
      Journal journal) {
    run(stage, steps, objective, tokens, figure, journal, _ -> false, Milestones.NONE);
  }

  /**
   * Takes the steps of a stage, in order, and writes each down.
   *
   * @param steps the micro-batches of each
   * @param tokens of a micro-batch, for the progress bar
   * @param figure the metric that the progress bar shows
   * @param enough whether as many steps as this suffice; asked before each
   * @param milestones where the stage pauses, and from where it goes on
   */
  public <B> void run(
      String stage,
      List<List<B>> steps,
      Objective<B> objective,
      ToLongFunction<B> tokens,
      String figure,
      Journal journal,
      IntPredicate enough,
      Milestones milestones) {
    int done = resume(milestones);
    try (Progress progress = new Progress(stage, steps.size(), done)) {
      for (int step = done; step < steps.size() && !enough.test(step); step++) {
        Map<String, Double> metrics = step(steps.get(step), objective);
        milestones.evaluate(step + 1, metrics);
        journal.log(stage, step, metrics);
        save(step + 1, milestones);
        progress.step(
            steps.get(step).stream().mapToLong(tokens).sum(),
            figure,
            metrics.getOrDefault(figure, 0.0));
      }
    }
  }
}
