package org.rlhf4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;

class LayerTest {
  private static ParameterScope scope(Workspace workspace) {
    return ParameterScope.root(workspace, new RandomKey(7));
  }

  private static List<String> names(Layer layer) {
    return layer.parameters().stream().map(Parameter::name).toList();
  }

  @Test
  void linearIsAnAffineMap() throws Exception {
    On.reference(workspace -> {
      Linear linear = new Linear(scope(workspace).child("map"), 3, 2, true, 1);
      assertEquals(List.of("map.weight", "map.bias"), names(linear));
      assertEquals(8, linear.parameterCount());
      linear.parameters().get(0).value().set(1, 2, 3, 4, 5, 6);
      linear.parameters().get(1).value().set(10, 20);
      try (Tape tape = Tape.noGrad(workspace.pool())) {
        Variable y = linear.apply(tape.constant(Shape.of(2, 3), 1, 0, 0, 1, 1, 1));
        assertArrayEquals(new double[] {11, 24, 16, 35}, y.value().toDoubles(), 0);
      }
      assertEquals(
          List.of("map.weight"), names(new Linear(scope(workspace).child("map"), 3, 2, false, 1)));
    });
  }

  @Test
  void embeddingPicksRows() throws Exception {
    On.reference(workspace -> {
      Embedding embedding = new Embedding(scope(workspace), 3, 2, 1);
      embedding.weight().value().set(0, 1, 10, 11, 20, 21);
      try (Tape tape = Tape.noGrad(workspace.pool())) {
        assertArrayEquals(
            new double[] {20, 21, 0, 1, 20, 21},
            embedding.apply(tape, new int[] {2, 0, 2}).value().toDoubles(),
            0);
      }
    });
  }

  @Test
  void normsBeginAsPureNormalizations() throws Exception {
    On.reference(workspace -> {
      Norm rms = new RmsNorm(scope(workspace).child("rms"), 2, 1e-12);
      Norm layer = new LayerNorm(scope(workspace).child("layer"), 2, 1e-12);
      try (Tape tape = Tape.noGrad(workspace.pool())) {
        Variable x = tape.constant(Shape.of(1, 2), 1, 7);
        // root mean square 5; mean 4, deviation 3
        assertArrayEquals(new double[] {0.2, 1.4}, rms.apply(x).value().toDoubles(), 1e-12);
        assertArrayEquals(new double[] {-1, 1}, layer.apply(x).value().toDoubles(), 1e-12);
      }
      assertEquals(List.of("rms.weight"), names(rms));
      assertEquals(List.of("layer.weight", "layer.bias"), names(layer));
    });
  }

  @Test
  void weightsAreNormalWithTheirDeviation() throws Exception {
    On.reference(workspace -> {
      Parameter weight = scope(workspace).normal("weight", Shape.of(100, 100), 0.02);
      SummaryStatistics statistics = new SummaryStatistics();
      Arrays.stream(weight.value().toDoubles()).forEach(statistics::addValue);
      // four standard errors: 0.02 / 100, and 0.02 / sqrt(20000)
      assertEquals(0, statistics.getMean(), 8e-4);
      assertEquals(0.02, statistics.getStandardDeviation(), 6e-4);
      assertArrayEquals(new double[10_000], weight.gradient().toDoubles(), 0);
    });
  }

  @Test
  void aParametersStartFollowsFromItsPathAlone() throws Exception {
    On.reference(workspace -> {
      ParameterScope root = scope(workspace);
      double[] alone = root.child("b").normal("w", Shape.of(5), 1).value().toDoubles();
      root.child("a").normal("w", Shape.of(9), 1);
      double[] after = root.child("b").normal("w", Shape.of(5), 1).value().toDoubles();
      assertArrayEquals(alone, after, 0);
      double[] sibling = root.child("c").normal("w", Shape.of(5), 1).value().toDoubles();
      assertNotEquals(Arrays.toString(alone), Arrays.toString(sibling));
      assertEquals("a.3.w", root.child("a").child(3).normal("w", Shape.of(1), 1).name());
    });
  }

  @Test
  void dropoutKeepsTheExpectation() throws Exception {
    On.reference(workspace -> {
      double rate = 0.3;
      SummaryStatistics statistics = new SummaryStatistics();
      int zeros = 0;
      for (int seed = 0; seed < 200; seed++) {
        try (Tape tape = Tape.noGrad(workspace.pool())) {
          Variable ones = tape.constant(workspace.full(Shape.of(50), 1));
          Mode mode = Mode.training(new RandomKey(seed));
          for (double y : mode.dropout(ones, rate).value().toDoubles()) {
            statistics.addValue(y);
            zeros += y == 0 ? 1 : 0;
          }
        }
      }
      // deviation of one element is sqrt(rate / (1 - rate)); four standard errors of 10,000
      assertEquals(1, statistics.getMean(), 4 * Math.sqrt(0.3 / 0.7) / 100);
      assertEquals(rate, zeros / 10_000.0, 4 * Math.sqrt(0.21) / 100);
      assertEquals(1 / 0.7, statistics.getMax(), 1e-15);
    });
  }

  @Test
  void evaluationAndRateZeroAreTheIdentity() throws Exception {
    On.reference(workspace -> {
      try (Tape tape = Tape.noGrad(workspace.pool())) {
        Variable x = tape.constant(Shape.of(2), 1, 2);
        assertSame(x, Mode.EVALUATION.child("any").dropout(x, 0.5));
        assertSame(x, Mode.training(new RandomKey(1)).dropout(x, 0));
      }
    });
  }
}
