package org.rlhf4j.rlhf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every loss that is none of direct alignment. */
class LossFamilyTest {
  static List<LossCase> cases() {
    return LossCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valueAndGradientAgreeWithTheTextbook(LossCase one) {
    Random random = new Random(6);
    for (int round = 0; round < 40; round++) {
      double[] x = random.doubles(one.size(), one.low(), one.high()).toArray();
      Differentiated actual =
          Differentiated.of(
              in -> one.loss().apply(in.getFirst()).sum(), Differentiated.Input.of(x));
      DerivativeStructure[] inputs = new DerivativeStructure[one.size()];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = new DerivativeStructure(one.size(), 1, i, x[i]);
      }
      DerivativeStructure expected = one.formula().apply(inputs);
      double[] byHand = one.gradient().apply(x);
      assertEquals(expected.getValue(), actual.value(), 1e-13);
      for (int i = 0; i < inputs.length; i++) {
        int[] order = new int[inputs.length];
        order[i] = 1;
        assertEquals(expected.getPartialDerivative(order), actual.gradients()[0][i], 1e-13);
        assertEquals(byHand[i], actual.gradients()[0][i], 1e-13);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void extremesStayFinite(LossCase one) {
    double[] extremes = {0, 1e-9, -1e-9, 1, -700, 700, -1e4, 1e4};
    Random random = new Random(7);
    for (String backend : new String[] {"reference", "simd"}) {
      for (int round = 0; round < 100; round++) {
        double[] x = new double[one.size()];
        for (int i = 0; i < x.length; i++) {
          x[i] = extremes[round < 8 ? round : random.nextInt(8)];
        }
        Differentiated result =
            Differentiated.on(
                backend, in -> one.loss().apply(in.getFirst()).sum(), Differentiated.Input.of(x));
        String at = backend + " at " + java.util.Arrays.toString(x);
        assertTrue(Double.isFinite(result.value()), at);
        for (double slope : result.gradients()[0]) {
          assertTrue(Double.isFinite(slope), at);
        }
      }
    }
  }
}
