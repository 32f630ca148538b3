package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * Value and gradient of every op on the emulated CUDA backend against the reference backend, where
 * both were proven against differences in double precision. Differences themselves say little in
 * single precision: their own error is about 1e-3.
 */
class CudaGradientTest {
  /** Rounding of inputs and of sums of some ten terms, each of size 1 or relative to its size. */
  private static final double TOLERANCE = 2e-5;

  static List<OpCase> cases() {
    return OpCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheReference(OpCase op) {
    int[][] dims = {{2, 3, 2, 5}, {3, 1, 4, 2}};
    for (int rank : new int[] {1, 3}) {
      for (int[] lengths : dims) {
        List<double[]> expected = differentiate("reference", op, lengths, rank);
        List<double[]> actual = differentiate("cuda-emulated", op, lengths, rank);
        for (int i = 0; i < expected.size(); i++) {
          compare(op + " rank " + rank + " output " + i, expected.get(i), actual.get(i));
        }
      }
    }
  }

  private static void compare(String what, double[] expected, double[] actual) {
    assertEquals(expected.length, actual.length, what);
    for (int j = 0; j < expected.length; j++) {
      double scale = Math.max(1, Math.abs(expected[j]));
      assertTrue(
          Math.abs(expected[j] - actual[j]) <= TOLERANCE * scale,
          what + "[" + j + "] is " + actual[j] + ", the reference has " + expected[j]);
    }
  }

  /** The value, then the gradient of each input of a weighted sum of the values. */
  private static List<double[]> differentiate(String name, OpCase op, int[] dims, int rank) {
    try (Backend backend = Backends.open(name, 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      OpCase.Use use = op.draw().apply(new Draw(workspace, dims, rank, 17));
      List<Parameter> inputs = new ArrayList<>();
      for (Tensor input : use.inputs()) {
        inputs.add(Parameter.of("x", input, workspace));
      }
      List<double[]> results = new ArrayList<>();
      try (Tape tape = Tape.recording(pool)) {
        Variable y = use.function().apply(inputs.stream().map(tape::use).toList());
        results.add(y.value().toDoubles());
        double[] weights = new double[y.shape().size()];
        for (int i = 0; i < weights.length; i++) {
          weights[i] = 0.5 + 0.25 * (i % 5);
        }
        tape.backward(y.mul(tape.constant(workspace.of(y.shape(), weights))).sum());
      }
      for (Parameter input : inputs) {
        results.add(input.gradient().toDoubles());
      }
      return results;
    }
  }
}
