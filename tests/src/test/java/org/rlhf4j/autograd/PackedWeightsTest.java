package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.autograd.op.Linear;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

class PackedWeightsTest {
  private static Tensor normal(Workspace workspace, int seed, int... dims) {
    Shape shape = Shape.of(dims);
    return workspace.of(
        shape, new RandomKey(seed).generator().doubles(shape.size(), -1, 1).toArray());
  }

  private static double[] linear(Tape tape, Tensor x, Parameter weight) {
    return Linear.of(tape.constant(x), tape.use(weight)).value().toDoubles();
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void aLinearLayerComputesTheSame(String backendName) {
    try (Backend backend = Backends.open(backendName, 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor x = normal(workspace, 1, 2, 3, 19);
      Parameter weight = Parameter.of("weight", normal(workspace, 2, 45, 19), workspace);
      try (PackedWeights packed = new PackedWeights(pool);
          Tape plain = Tape.noGrad(pool);
          Tape tape = Tape.noGrad(pool, packed)) {
        assertArrayEquals(linear(plain, x, weight), linear(tape, x, weight), 1e-5);
      }
    }
  }

  @Test
  void aWeightIsPackedOnceAndGivenBackInTheEnd() {
    try (Backend backend = Backends.open("simd", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor x = normal(workspace, 1, 6, 19);
      Parameter weight = Parameter.of("weight", normal(workspace, 2, 45, 19), workspace);
      int before = pool.lent();
      try (PackedWeights packed = new PackedWeights(pool)) {
        for (int step = 0; step < 3; step++) {
          try (Tape tape = Tape.noGrad(pool, packed)) {
            linear(tape, x, weight);
          }
          assertEquals(before + 1, pool.lent());
        }
      }
      assertEquals(before, pool.lent());
    }
  }
}
