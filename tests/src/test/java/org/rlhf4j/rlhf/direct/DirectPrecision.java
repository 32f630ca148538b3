package org.rlhf4j.rlhf.direct;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.precision.Precision;
import org.rlhf4j.rlhf.precision.Precision.Input;
import org.rlhf4j.rlhf.precision.Precision.Terms;

/** The digits of every direct-alignment loss, see {@link Precision}. */
public final class DirectPrecision {
  private DirectPrecision() {}

  /** {@return the losses by name} */
  public static Map<String, Precision> all() {
    Map<String, Precision> all = new LinkedHashMap<>();
    for (DirectCase one : DirectCase.all()) {
      all.put(one.loss().toString(), measure(one.loss()));
    }
    return all;
  }

  /**
   * Log-probabilities from 1e-6 to 1e4, log-ratios from 1e-8 times to as large as these, answers of
   * 1 to 1000 tokens, score differences from 1e-3 to 100; every tenth pair is one of two equal
   * answers, every eleventh that of a policy that is its reference.
   */
  private static Precision measure(PreferenceLoss loss) {
    Random random = new Random(3);
    int n = 3000;
    double[] chosen = new double[n];
    double[] rejected = new double[n];
    double[] referenceChosen = new double[n];
    double[] referenceRejected = new double[n];
    double[] lengths = new double[n];
    double[] otherLengths = new double[n];
    double[] scores = new double[n];
    for (int i = 0; i < n; i++) {
      chosen[i] = -power(random, -6, 4);
      rejected[i] = i % 10 == 0 ? chosen[i] : -power(random, -6, 4);
      referenceChosen[i] = near(random, chosen[i]);
      referenceRejected[i] = i % 10 == 0 ? referenceChosen[i] : near(random, rejected[i]);
      if (i % 11 == 0) {
        referenceChosen[i] = chosen[i];
        referenceRejected[i] = rejected[i];
      }
      lengths[i] = Math.rint(power(random, 0, 3));
      otherLengths[i] = Math.rint(power(random, 0, 3));
      scores[i] = power(random, -3, 2);
    }
    boolean ratios = usesRatiosOnly(loss);
    double[] chosenRatios = differences(chosen, referenceChosen);
    double[] rejectedRatios = differences(rejected, referenceRejected);
    return Precision.of(
        loss instanceof ApoDown down
            ? new Terms("gradient: beta s'(beta dw)", 0, slopes(down.beta(), chosenRatios))
            : new Terms("", 0, new double[0][]),
        (backend, in) ->
            new Pairs(
                    in[0],
                    in[1],
                    referenceChosen,
                    referenceRejected,
                    lengths,
                    otherLengths,
                    in[2],
                    new double[n],
                    new double[] {0.25, 0.5})
                .differentiate(backend, loss),
        new Input(1, chosen, ratios ? chosenRatios : chosen),
        new Input(1, rejected, ratios ? rejectedRatios : rejected),
        Input.of(1, scores));
  }

  /** APO-down's gradient by the chosen answer is beta (s'(beta dw) - s'(beta D)). */
  private static double[][] slopes(double beta, double[] chosenRatios) {
    double[] slopes = new double[chosenRatios.length];
    for (int i = 0; i < slopes.length; i++) {
      double x = beta * chosenRatios[i];
      slopes[i] = beta * LogSpace.sigmoid(x) * LogSpace.sigmoid(-x);
    }
    return new double[][] {slopes};
  }

  private static boolean usesRatiosOnly(PreferenceLoss loss) {
    return switch (loss) {
      case AlphaPo _, Cpo _, Orpo _, SimPo _, Slic _ -> false;
      default -> true;
    };
  }

  private static double[] differences(double[] a, double[] b) {
    double[] differences = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      differences[i] = a[i] - b[i];
    }
    return differences;
  }

  private static double near(Random random, double logprob) {
    double step = Math.abs(logprob) * power(random, -7, 0);
    return (float) Math.min(0, logprob + (random.nextBoolean() ? step : -step));
  }

  private static double power(Random random, double low, double high) {
    return (float) Math.pow(10, low + (high - low) * random.nextDouble());
  }
}
