package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** The judge is judged: gradients planted wrong must be seen, and the right one must pass. */
class GradCheckTest {
  private static final double[] POINT = {0.3, -1.2, 0.7, 2, -0.4, 1.1, -0.9};

  /** y = x^2 with a gradient of our choice. */
  private static GradCheck.Worst worst(BiConsumer<double[], HostBuffer> backward) {
    try (Scratch scratch = new Scratch()) {
      Parameter parameter = scratch.parameter(Shape.of(POINT.length), POINT);
      GradCheck.Worst worst =
          new GradCheck(scratch.backend, 1e-5)
              .worst(List.of(parameter), in -> squareWith(backward, in.getFirst()).sum());
      assertArrayEquals(POINT, parameter.value().toDoubles(), "the point must be restored");
      return worst;
    }
  }

  private static Variable squareWith(BiConsumer<double[], HostBuffer> backward, Variable x) {
    Tape tape = x.tape();
    double[] in = x.value().toDoubles();
    Tensor y = tape.workspace().empty(x.shape());
    for (int i = 0; i < in.length; i++) {
      y.host().set(i, in[i] * in[i]);
    }
    return tape.record("planted", y, _ -> x.accumulate(dx -> backward.accept(in, dx.host())), x);
  }

  private static void right(double[] x, HostBuffer dx) {
    for (int i = 0; i < x.length; i++) {
      dx.add(i, 2 * x[i]);
    }
  }

  @Test
  void theRightGradientPasses() {
    assertEquals(0, worst(GradCheckTest::right).error(), 1e-9);
  }

  @Test
  void aFactorIsSeen() {
    GradCheck.Worst worst =
        worst((x, dx) -> {
          for (int i = 0; i < x.length; i++) {
            dx.add(i, 2.002 * x[i]);
          }
        });
    assertEquals(1e-3, worst.error(), 1e-5);
  }

  @Test
  void aSignIsSeen() {
    GradCheck.Worst worst =
        worst((x, dx) -> {
          for (int i = 0; i < x.length; i++) {
            dx.add(i, -2 * x[i]);
          }
        });
    assertEquals(2, worst.error(), 1e-9);
  }

  @Test
  void aMissingGradientIsSeen() {
    assertEquals(1, worst((_, _) -> {}).error(), 1e-9);
  }

  @Test
  void oneCoordinateOffIsSeenAndNamed() {
    for (int wrong = 0; wrong < POINT.length; wrong++) {
      int coordinate = wrong;
      GradCheck.Worst worst =
          worst((x, dx) -> {
            right(x, dx);
            dx.add(coordinate, 1e-4);
          });
      assertEquals(0, worst.input());
      assertEquals(coordinate, worst.coordinate());
      assertEquals(1e-4, worst.analytic() - worst.numeric(), 1e-9);
      assertTrue(worst.error() > 2e-5, worst.toString());
    }
  }

  @Test
  void aNanIsSeenWhereverItStands() {
    for (int wrong = 0; wrong < POINT.length; wrong++) {
      int coordinate = wrong;
      GradCheck.Worst worst =
          worst((x, dx) -> {
            right(x, dx);
            dx.set(coordinate, Double.NaN);
          });
      assertEquals(Double.POSITIVE_INFINITY, worst.error());
      assertEquals(coordinate, worst.coordinate());
    }
  }

  @Test
  void theInputAtFaultIsNamed() {
    try (Scratch scratch = new Scratch()) {
      Parameter first = scratch.parameter(Shape.of(2), 0.5, 0.6);
      Parameter second = scratch.parameter(Shape.of(2), 0.7, 0.8);
      GradCheck.Worst worst =
          new GradCheck(scratch.backend, 1e-5)
              .worst(
                  List.of(first, second),
                  in -> in.get(0).mul(in.get(1)).sum().add(in.get(1).square().detach().sum()));
      assertEquals(1, worst.input());
    }
  }

  @Test
  void oldGradientsDoNotCount() {
    try (Scratch scratch = new Scratch()) {
      Parameter parameter = scratch.parameter(Shape.of(1), 3);
      parameter.gradient().set(100);
      GradCheck.Worst worst =
          new GradCheck(scratch.backend, 1e-5)
              .worst(List.of(parameter), in -> in.getFirst().square().sum());
      assertEquals(0, worst.error(), 1e-9);
    }
  }
}
