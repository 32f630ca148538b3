package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Tiny;

class TrainerTest {
  /** Mean over the numbers of a step of (w - x)^2. */
  private record Distance(Parameter w) implements Objective<double[]> {
    @Override
    public LossOutput loss(Tape tape, double[] batch, Totals totals) {
      var loss = tape.use(w).sub(tape.constant(Shape.of(batch.length), batch)).square().mean();
      return new LossOutput("loss", loss).part(batch.length / (double) totals.sequences());
    }

    @Override
    public Totals totals(double[] batch) {
      return new Totals(batch.length, batch.length);
    }
  }

  private static Parameter weight(Workspace workspace) {
    return ParameterScope.root(workspace, new RandomKey(1)).full("w", Shape.of(1), 3);
  }

  private static Trainer trainer(Parameter w, Workspace workspace) {
    return new Trainer(List.of(w), AdamW.Config.TUNING, Schedule.constant(0.1), 1e9, workspace);
  }

  private static double gradientNorm(double[]... batches) throws Exception {
    double[] norm = new double[1];
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          norm[0] = trainer(w, workspace).step(List.of(batches), new Distance(w)).get("grad_norm");
        });
    return norm[0];
  }

  @Test
  void unequalMicroBatchesAreExactlyOneBatch() throws Exception {
    double whole = gradientNorm(new double[] {1, 2, 3, 4, 7});
    double parts = gradientNorm(new double[] {1}, new double[] {2, 3, 4, 7});
    assertEquals(2 * (3 - 17 / 5.0), -whole, 1e-12); // d/dw mean (w - x)^2 = 2 (w - mean x)
    assertEquals(whole, parts, 1e-12);
  }

  @Test
  void metricsAddUpToThoseOfTheStep() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          Map<String, Double> metrics =
              trainer(w, workspace)
                  .step(List.of(new double[] {1}, new double[] {2, 4}), new Distance(w));
          assertEquals((4 + 1 + 1) / 3.0, metrics.get("loss"), 1e-12);
        });
  }

  /** What a step calls a maximum is one, whatever the parts. */
  @Test
  void theLargestOfTheParts() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          Objective<double[]> distance = new Distance(w);
          Objective<double[]> named =
              new Objective<>() {
                @Override
                public Totals totals(double[] batch) {
                  return distance.totals(batch);
                }

                @Override
                public LossOutput loss(Tape tape, double[] batch, Totals totals) {
                  return new LossOutput(
                      distance.loss(tape, batch, totals).loss(),
                      new Figures(List.of(), _ -> Map.of("ratio/max", batch[0])));
                }
              };
          assertEquals(
              4,
              trainer(w, workspace)
                  .step(List.of(new double[] {3}, new double[] {4}, new double[] {2}), named)
                  .get("ratio/max"));
        });
  }

  /**
   * Of gradients that are clipped to length 1 Adam's moments are 1 whatever they were, and a step
   * is the learning rate long: that of its own number, from 0.
   */
  @Test
  void aStepIsAsLongAsTheScheduleSays() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          Trainer trainer =
              new Trainer(
                  List.of(w),
                  AdamW.Config.TUNING,
                  new Schedule(0.3, 3, 5, 0, Schedule.Decay.LINEAR),
                  1,
                  workspace);
          double[] rates = {0.1, 0.2, 0.3, 0.3, 0.15, 0};
          double[] targets = {50, 7, 90, 1000, 30, 8};
          double place = 3;
          for (int step = 0; step < rates.length; step++) {
            Map<String, Double> metrics =
                trainer.step(List.of(new double[] {targets[step]}), new Distance(w));
            assertEquals(2 * (targets[step] - place), metrics.get("grad_norm"), 1e-6);
            assertEquals(rates[step], metrics.get("learning_rate"), 1e-12);
            place += rates[step];
            assertEquals(place, w.value().item(), 1e-7); // epsilon of Adam
          }
        });
  }

  @Test
  void everyStepOfARunIsWrittenDownInOrder(@TempDir Path folder) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          new Trainer(List.of(w), AdamW.Config.TUNING, Schedule.constant(1e-9), 1, workspace)
              .run(
                  "walk",
                  List.of(List.of(new double[] {3}), List.of(new double[] {5}, new double[] {7})),
                  new Distance(w),
                  _ -> 1,
                  "loss",
                  journal);
          assertEquals(
              List.of("walk 0", "walk 1"),
              journal.entries().stream().map(e -> e.stage() + " " + e.step()).toList());
          assertEquals(0, journal.entries().getFirst().metrics().get("loss"), 1e-6);
          assertEquals((4 + 16) / 2.0, journal.entries().getLast().metrics().get("loss"), 1e-6);
        });
  }

  @Test
  void aGradientThatIsNotFiniteChangesNothing() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          Trainer trainer = trainer(w, workspace);
          assertThrows(
              IllegalStateException.class,
              () -> trainer.step(List.of(new double[] {Double.NaN}), new Distance(w)));
          assertArrayEquals(new double[] {3}, w.value().toDoubles());
        });
  }

  @Test
  void stepsReachTheMinimumAndAllocateNothingAfterTheFirst() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Parameter w = weight(workspace);
          Trainer trainer = trainer(w, workspace);
          trainer.step(List.of(new double[] {5, 6}), new Distance(w));
          long allocations = pool.allocations();
          for (int step = 0; step < 300; step++) {
            trainer.step(List.of(new double[] {5, 6}), new Distance(w));
          }
          assertEquals(5.5, w.value().item(), 0.05);
          assertEquals(allocations, pool.allocations());
        });
  }
}
