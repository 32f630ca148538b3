package org.rlhf4j.rlhf.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.BinaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.kl.ExactKl;

class DistillationTest {
  private static Differentiated run(
      BinaryOperator<Variable> loss, double[] teacher, double[] student) {
    return Differentiated.of(
        in -> loss.apply(in.get(0), in.get(1)),
        Input.of(new double[][] {teacher}),
        Input.of(new double[][] {student}));
  }

  @Property(tries = 60)
  @Proves(value = "knowledge_distillation", by = Proof.IDENTITY)
  void crossEntropyIsForwardKlPlusTheTeachersEntropy(@ForAll long seed) {
    Random random = new Random(seed);
    double[] teacher = random.doubles(5, -3, 3).toArray();
    double[] student = random.doubles(5, -3, 3).toArray();
    double[] t = LogSpace.softmax(teacher);
    double[] s = LogSpace.softmax(student);
    double entropy = 0;
    double crossEntropy = 0;
    for (int v = 0; v < 5; v++) {
      entropy -= t[v] * Math.log(t[v]);
      crossEntropy -= t[v] * Math.log(s[v]);
    }
    Differentiated soft = run(Distillation::crossEntropy, teacher, student);
    Differentiated forward = run(Distillation::forward, teacher, student);
    assertEquals(crossEntropy, soft.value(), 1e-13);
    assertEquals(soft.value(), forward.value() + entropy, 1e-13);
    // both have the gradient s - t by the student, and none reaches the teacher
    for (int v = 0; v < 5; v++) {
      assertEquals(s[v] - t[v], soft.gradients()[1][v], 1e-13);
      assertEquals(s[v] - t[v], forward.gradients()[1][v], 1e-13);
      assertEquals(0, soft.gradients()[0][v]);
      assertEquals(0, forward.gradients()[0][v]);
    }
    Differentiated reverse = run(Distillation::reverse, teacher, student);
    assertEquals(
        ExactKl.of(LogSpace.logSoftmax(student), LogSpace.logSoftmax(teacher)),
        reverse.value(),
        1e-13);
    for (int v = 0; v < 5; v++) {
      assertEquals(
          s[v] * (Math.log(s[v] / t[v]) - reverse.value()), reverse.gradients()[1][v], 1e-13);
    }
  }

  @Property(tries = 60)
  void generalisedJensenShannon(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.01, max = 0.99) double beta) {
    Random random = new Random(seed);
    double[] teacher = random.doubles(4, -3, 3).toArray();
    double[] student = random.doubles(4, -3, 3).toArray();
    double[] t = LogSpace.softmax(teacher);
    double[] s = LogSpace.softmax(student);
    double expected = 0;
    double[] gradientByS = new double[4];
    double mean = 0;
    for (int v = 0; v < 4; v++) {
      double m = beta * t[v] + (1 - beta) * s[v];
      expected += beta * t[v] * Math.log(t[v] / m) + (1 - beta) * s[v] * Math.log(s[v] / m);
      gradientByS[v] = (1 - beta) * Math.log(s[v] / m);
      mean += s[v] * gradientByS[v];
    }
    Differentiated jsd = run((a, b) -> Distillation.jensenShannon(a, b, beta), teacher, student);
    assertEquals(expected, jsd.value(), 1e-13);
    assertTrue(expected >= 0 && expected <= Math.log(2));
    for (int v = 0; v < 4; v++) {
      assertEquals(s[v] * (gradientByS[v] - mean), jsd.gradients()[1][v], 1e-13);
    }
    Differentiated mirrored =
        run((a, b) -> Distillation.jensenShannon(a, b, 1 - beta), student, teacher);
    assertEquals(jsd.value(), mirrored.value(), 1e-13);
  }

  @Test
  void theEndsAreTheTwoDivergences() {
    double[] teacher = {1, 0, -1};
    double[] student = {0, 0.5, 0};
    double forward = run(Distillation::forward, teacher, student).value();
    double reverse = run(Distillation::reverse, teacher, student).value();
    double small = 1e-6;
    assertEquals(
        forward,
        run((a, b) -> Distillation.jensenShannon(a, b, small), teacher, student).value() / small,
        1e-5);
    assertEquals(
        reverse,
        run((a, b) -> Distillation.jensenShannon(a, b, 1 - small), teacher, student).value()
            / small,
        1e-5);
  }

  @Test
  void extremesShapesAndNonsense() {
    double[] far = {1e4, -1e4};
    double[] near = {-1e4, 1e4};
    Differentiated jsd = run((a, b) -> Distillation.jensenShannon(a, b, 0.5), far, near);
    assertEquals(Math.log(2), jsd.value(), 1e-12);
    assertEquals(2e4, run(Distillation::forward, far, near).value());
    assertEquals(2e4, run(Distillation::crossEntropy, far, near).value());
    assertArrayEquals(new double[] {0, 0}, jsd.gradients()[1], 1e-12);
    for (double beta : new double[] {0, 1, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> run((a, b) -> Distillation.jensenShannon(a, b, beta), far, near));
    }
    assertThrows(
        IllegalArgumentException.class, () -> run(Distillation::crossEntropy, far, new double[3]));
    assertThrows(
        IllegalArgumentException.class,
        () -> run((a, b) -> Distillation.jensenShannon(a, b, 0.5), far, new double[3]));
  }
}
