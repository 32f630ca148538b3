package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.cuda.CudaBackend;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.driver.RecordedDriver;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;

/**
 * A step of a training on emulated CUDA: what it changes, against double precision, and how often
 * it waits.
 */
public final class DeviceStep {
  public static final double LEARNING_RATE = 1e-3;

  private DeviceStep() {}

  /** A training before its first step. */
  public interface Stage {
    Training at(Pool pool, Workspace workspace) throws Exception;
  }

  /** What is trained, and a step that returns its figures. */
  public record Training(List<Parameter> parameters, Supplier<Map<String, Double>> step) {
    /** {@return steps of the common loop on the same micro-batches} */
    public static <B> Training of(
        List<Parameter> parameters,
        List<B> microBatches,
        Objective<B> objective,
        Workspace workspace) {
      Trainer trainer =
          new Trainer(
              parameters, AdamW.Config.TUNING, Schedule.constant(LEARNING_RATE), 1, workspace);
      return new Training(parameters, () -> trainer.step(microBatches, objective));
    }

    private StepOutcome first() {
      return StepOutcome.of(step.get(), parameters);
    }
  }

  /** Fails unless the first step changes on emulated CUDA what it changes in double precision. */
  public static void assertAgrees(Stage stage) throws Exception {
    try (Backend backend = Backends.open("cuda-emulated", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      exact(stage).assertAgrees(stage.at(pool, workspace).first(), LEARNING_RATE);
    }
  }

  /** The same; and the second step waits for the device once, in the memory of the first. */
  public static void assertAgreesAndWaitsOnce(Stage stage) throws Exception {
    RecordedDriver recorded = RecordedDriver.around(new EmulatedDriver(Options.checked()));
    try (Backend backend = new CudaBackend("recorded", recorded.driver());
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Training training = stage.at(pool, workspace);
      exact(stage).assertAgrees(training.first(), LEARNING_RATE);
      recorded.calls().clear();
      var _ = training.step.get();
      assertEquals(1, recorded.count("download"), "waits, by copying to the host");
      assertEquals(0, recorded.count("synchronize"), "waits for nothing");
      assertEquals(0, recorded.count("allocate"), "a second step lives in the memory of the first");
      assertEquals(0, recorded.count("free"), "freeing waits for the device");
      assertEquals(0, recorded.count("load"), "modules are loaded once");
      assertTrue(recorded.count("launch") > 50, recorded.count("launch") + " launches");
    }
  }

  private static StepOutcome exact(Stage stage) throws Exception {
    try (Backend backend = Backends.open("reference", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      return stage.at(pool, workspace).first();
    }
  }
}
