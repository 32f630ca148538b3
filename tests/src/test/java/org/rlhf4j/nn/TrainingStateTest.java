package org.rlhf4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

class TrainingStateTest {
  private static final AdamW.Config CONFIG = new AdamW.Config(0.9, 0.95, 1e-8, 0.1);

  @TempDir Path folder;

  /** A classifier of five classes, and its optimizer. */
  private record Run(Workspace workspace, Linear model, AdamW optimizer) {
    static Run start(Workspace workspace) {
      Linear model = new Linear(ParameterScope.root(workspace, new RandomKey(3)), 4, 5, true, 0.5);
      return new Run(workspace, model, new AdamW(CONFIG, model.parameters(), workspace));
    }

    void train(int from, int to) {
      for (int step = from; step < to; step++) {
        var random = new RandomKey(11).child(step).generator();
        try (Tape tape = Tape.recording(workspace.pool())) {
          double[] x = random.doubles(12, -1, 1).toArray();
          int[] ids = random.ints(3, 0, 5).toArray();
          tape.backward(CrossEntropy.of(model.apply(tape.constant(Shape.of(3, 4), x)), ids));
          optimizer.step(0.05, new GradientNorm(model.parameters(), 1, tape.workspace()));
        }
      }
    }

    Map<String, Tensor> values() {
      Map<String, Tensor> values = new LinkedHashMap<>();
      model.parameters().forEach(p -> values.put(p.name(), p.value()));
      return values;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void aResumedRunHasTheBitsOfAnUninterruptedOne(String backend) throws Exception {
    Path state = folder.resolve("optimizer.safetensors");
    On.backend(
        backend,
        workspace -> {
          Run whole = Run.start(workspace);
          whole.train(0, 5);
          TrainingState.save(state, whole.optimizer(), 5);
          whole.train(5, 12);

          Run resumed = Run.start(workspace);
          resumed.train(0, 1); // what was there before does not matter
          assertEquals(5, TrainingState.load(state, resumed.optimizer()));
          assertEquals(5, TrainingState.done(state));
          assertEquals(5, resumed.optimizer().steps());
          resumed.train(5, 12);
          for (String name : whole.values().keySet()) {
            double[] expected = whole.values().get(name).toDoubles();
            assertArrayEquals(expected, resumed.values().get(name).toDoubles(), 0, name);
          }
        });
  }

  @Test
  void aStateOfOtherParametersIsRefusedAndChangesNothing() throws Exception {
    Path file = folder.resolve("optimizer.safetensors");
    On.reference(workspace -> {
      Run run = Run.start(workspace);
      run.train(0, 2);
      Linear other = new Linear(ParameterScope.root(workspace, new RandomKey(3)), 4, 5, false, 1);
      TrainingState.save(file, new AdamW(CONFIG, other.parameters(), workspace), 0);
      double[] before = moments(run);
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> TrainingState.load(file, run.optimizer()))
              .getMessage();
      assertEquals(
          file
              + " is of another training: missing [firstMoment.bias, secondMoment.bias, value.bias],"
              + " unknown []",
          message);
      Linear wider = new Linear(ParameterScope.root(workspace, new RandomKey(3)), 4, 6, true, 1);
      TrainingState.save(file, new AdamW(CONFIG, wider.parameters(), workspace), 0);
      assertThrows(IllegalArgumentException.class, () -> TrainingState.load(file, run.optimizer()));
      assertArrayEquals(before, moments(run), 0);
      assertEquals(2, run.optimizer().steps());
    });
  }

  private static double[] moments(Run run) {
    return run.optimizer().firstMoments().values().iterator().next().toDoubles();
  }

  @Test
  void aFileWithoutAStepCountIsRefused() throws Exception {
    Path file = folder.resolve("optimizer.safetensors");
    On.reference(workspace -> {
      Run run = Run.start(workspace);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      run.values().forEach((n, t) -> tensors.put("value." + n, t));
      run.optimizer().firstMoments().forEach((n, t) -> tensors.put("firstMoment." + n, t));
      run.optimizer().secondMoments().forEach((n, t) -> tensors.put("secondMoment." + n, t));
      for (Map<String, String> metadata :
          List.of(Map.of("done", "1"), Map.of("done", "1", "adamw.steps", "-1"))) {
        Safetensors.write(file, tensors, metadata);
        String message =
            assertThrows(
                    IllegalArgumentException.class, () -> TrainingState.load(file, run.optimizer()))
                .getMessage();
        assertTrue(message.contains("adamw.steps is"), message);
      }
    });
  }
}
