package org.rlhf4j.rlhf.precision;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.ClippedWeightSurrogate;
import org.rlhf4j.rlhf.policy.DualClippedSurrogate;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.SoftGateSurrogate;
import org.rlhf4j.rlhf.policy.Surrogate;
import org.rlhf4j.rlhf.policy.TaperedSurrogate;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.precision.Precision.Input;
import org.rlhf4j.rlhf.precision.Precision.Terms;
import org.rlhf4j.tensor.Shape;

/** The digits of the policy, value and KL losses, see {@link Precision}. */
final class PolicyPrecision {
  private static final int ROWS = 2000;
  private static final int BATCH = 2;
  private static final int TIME = 3;
  private static final boolean[][] MASK = {{true, true, true}, {true, true, false}};

  private final Draws draws = new Draws(5);
  private final Map<String, Precision> all = new LinkedHashMap<>();

  static Map<String, Precision> all() {
    PolicyPrecision precision = new PolicyPrecision();
    precision.surrogates();
    precision.policyLosses();
    precision.penalties();
    return precision.all;
  }

  /** Token by token: the log-probability, the old one, the advantage. */
  private void surrogates() {
    double[] logprobs = draws.negative(ROWS, -6, 4);
    double[] old = draws.nearAll(logprobs);
    double[] advantages = draws.both(ROWS, -4, 2);
    List<Surrogate> surrogates =
        List.of(
            new PlainSurrogate(),
            new ClippedSurrogate(0.2),
            new DualClippedSurrogate(0.2, 0.2, 3),
            ClippedWeightSurrogate.below(5),
            new SoftGateSurrogate(1, 1.05),
            new TaperedSurrogate());
    for (Surrogate surrogate : surrogates) {
      put(
          surrogate.toString(),
          (backend, in) ->
              Differentiated.on(
                  backend,
                  x -> {
                    Variable now = x.get(0);
                    Shape shape = now.shape();
                    Variable logRatio = now.sub(now.tape().constant(shape, in[1])).clamp(-40, 40);
                    return surrogate.objective(logRatio, now, now.tape().constant(shape, in[2]));
                  },
                  Differentiated.Input.of(in[0])),
          new Input(1, logprobs, Draws.differences(logprobs, old)),
          new Input(1, old, Draws.differences(logprobs, old)),
          Input.of(1, advantages));
    }
  }

  /** Whole batches of every preset: sums of tokens with advantages of both signs. */
  private void policyLosses() {
    int size = BATCH * TIME;
    for (PolicyGradient preset : PolicyGradient.presets()) {
      PolicyLoss loss = preset.loss();
      Precision worst = null;
      for (int round = 0; round < 20; round++) {
        double[] logprobs = draws.negative(size, -5, 2);
        double[] old = draws.nearAll(logprobs);
        double[] reference = draws.nearAll(logprobs);
        Precision one =
            Precision.of(
                (backend, in) ->
                    Differentiated.on(
                        backend,
                        x ->
                            loss.apply(
                                    new PolicyBatch(
                                        x.get(0).reshape(BATCH, TIME),
                                        rows(in[1]),
                                        rows(in[2]),
                                        rows(in[3]),
                                        MASK))
                                .loss()
                                .reshape(1),
                        Differentiated.Input.of(in[0])),
                new Input(size, logprobs, Draws.differences(logprobs, old)),
                new Input(size, old, Draws.differences(logprobs, old)),
                new Input(size, reference, Draws.differences(logprobs, reference)),
                Input.of(size, draws.both(size, -3, 1)));
        worst = worst == null ? one : worst.worse(one);
      }
      all.put("PolicyLoss of " + preset.name(), worst);
    }
    for (ValueLoss loss : List.of(new ValueLoss(0.2), ValueLoss.unclipped())) {
      Precision worst = null;
      for (int round = 0; round < 30; round++) {
        double[] values = draws.both(size, -4, 4);
        Precision one =
            Precision.of(
                (backend, in) ->
                    Differentiated.on(
                        backend,
                        x ->
                            loss.apply(
                                    x.get(0).reshape(BATCH, TIME),
                                    rows(in[1]),
                                    rows(in[2]),
                                    MASK,
                                    Totals.of(MASK))
                                .loss()
                                .reshape(1),
                        Differentiated.Input.of(in[0])),
                Input.of(size, values),
                Input.of(size, draws.nearAll(values)),
                Input.of(size, draws.nearAll(values)));
        worst = worst == null ? one : worst.worse(one);
      }
      all.put(loss.toString(), worst);
    }
  }

  private void penalties() {
    double[] logprobs = draws.negative(ROWS, -6, 4);
    double[] old = draws.nearAll(logprobs);
    double[] reference = draws.nearAll(logprobs);
    for (KlEstimator estimator : KlEstimator.values()) {
      for (boolean weighted : new boolean[] {false, true}) {
        KlInLoss penalty = new KlInLoss(estimator, 0.04, weighted);
        BiFunction<String, double[][], Differentiated> loss =
            (backend, in) ->
                Differentiated.on(
                    backend,
                    x -> {
                      Shape shape = x.get(0).shape();
                      return penalty.penalty(
                          x.get(0),
                          x.get(0).tape().constant(shape, in[1]),
                          x.get(0).tape().constant(shape, in[2]));
                    },
                    Differentiated.Input.of(in[0]));
        // the product rule: of K3 it adds rho k3 and -rho (k3 - d), which leave rho d
        double[] penalties =
            loss.apply("reference", new double[][] {logprobs, old, reference}).values();
        all.put(
            penalty.toString(),
            Precision.of(
                weighted
                    ? new Terms("gradient: the penalty", 0, new double[][] {sizes(penalties)})
                    : Terms.NONE,
                loss,
                new Input(1, logprobs, new double[ROWS]),
                new Input(1, old, Draws.differences(logprobs, old)),
                new Input(1, reference, Draws.differences(logprobs, reference))));
      }
    }
  }

  private void put(
      String name, BiFunction<String, double[][], Differentiated> loss, Input... inputs) {
    all.put(name, Precision.of(loss, inputs));
  }

  private static double[] sizes(double[] values) {
    return Arrays.stream(values).map(Math::abs).toArray();
  }

  private static double[][] rows(double[] flat) {
    double[][] rows = new double[BATCH][];
    for (int i = 0; i < BATCH; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * TIME, (i + 1) * TIME);
    }
    return rows;
  }
}
