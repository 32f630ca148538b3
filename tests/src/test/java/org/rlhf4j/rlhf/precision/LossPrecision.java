package org.rlhf4j.rlhf.precision;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.distill.Distillation;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.ExactKl;
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
import org.rlhf4j.rlhf.reward.OutcomeRewardLoss;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.tensor.Shape;

/** The digits of every loss that is none of direct alignment, see {@link Precision}. */
final class LossPrecision {
  private static final int ROWS = 2000;

  /** Of an almost certain token: the sum of exponentials is 1 and little, the slope 1 - p. */
  private static final String CERTAIN = "value and gradient: 1";

  private static final int BATCH = 2;
  private static final int TIME = 3;
  private static final boolean[][] MASK = {{true, true, true}, {true, true, false}};

  private final Random random = new Random(4);
  private final Map<String, Precision> all = new LinkedHashMap<>();

  static Map<String, Precision> all() {
    LossPrecision precision = new LossPrecision();
    precision.rewards();
    precision.surrogates();
    precision.policyLosses();
    precision.penalties();
    precision.vocabulary();
    return precision.all;
  }

  private void rewards() {
    double[] chosen = both(ROWS, -6, 4);
    double[] rejected = both(ROWS, -6, 4);
    for (int i = 0; i < ROWS; i += 3) {
      rejected[i] = near(chosen[i]);
    }
    double[] margins = positive(ROWS, -3, 1);
    for (double centring : new double[] {0, 0.01}) {
      RewardModelLoss loss = new RewardModelLoss(centring);
      put(
          loss.toString(),
          vectors(2, in -> loss.losses(in.get(0), in.get(1), new double[ROWS])),
          Input.of(1, chosen),
          Input.of(1, rejected));
      put(
          loss + " with margins",
          (backend, in) ->
              Differentiated.on(
                  backend,
                  x -> loss.losses(x.get(0), x.get(1), in[2]),
                  Differentiated.Input.of(in[0]),
                  Differentiated.Input.of(in[1])),
          Input.of(1, chosen),
          Input.of(1, rejected),
          Input.of(1, margins));
    }
    put(
        "RewardModelLoss.softplusForm",
        vectors(2, in -> RewardModelLoss.softplusForm(in.get(0), in.get(1))),
        Input.of(1, chosen),
        Input.of(1, rejected));
    double[] rankings = both(4 * ROWS, -4, 4);
    all.put(
        "PairBalancing",
        Precision.of(
            new Terms("gradient: the weight of a pair", 0, filled(4 * ROWS, 1 / 6.0)),
            matrix(4, PairBalancing::losses),
            Input.of(4, rankings)));
    all.put(
        "PlackettLuceLoss",
        Precision.of(
            new Terms("gradient: 1, its largest probability", 0, filled(4 * ROWS, 1)),
            matrix(4, PlackettLuceLoss::losses),
            Input.of(4, rankings)));
    rounds(
        "OutcomeRewardLoss.perToken",
        () -> new Input[] {Input.of(BATCH * TIME, both(BATCH * TIME, -6, 4))},
        in ->
            OutcomeRewardLoss.perToken(
                in.reshape(BATCH, TIME), new boolean[] {true, false}, MASK, Totals.of(MASK)));
    rounds(
        "OutcomeRewardLoss.perAnswer",
        () -> new Input[] {Input.of(BATCH * TIME, both(BATCH * TIME, -6, 4))},
        in ->
            OutcomeRewardLoss.perAnswer(
                in.reshape(BATCH, TIME), new boolean[] {true, false}, MASK));
  }

  /** Token by token: the log-probability, the old one, the advantage. */
  private void surrogates() {
    double[] logprobs = negative(ROWS, -6, 4);
    double[] old = nearAll(logprobs);
    double[] advantages = both(ROWS, -4, 2);
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
          new Input(1, logprobs, differences(logprobs, old)),
          new Input(1, old, differences(logprobs, old)),
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
        double[] logprobs = negative(size, -5, 2);
        double[] old = nearAll(logprobs);
        double[] reference = nearAll(logprobs);
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
                new Input(size, logprobs, differences(logprobs, old)),
                new Input(size, old, differences(logprobs, old)),
                new Input(size, reference, differences(logprobs, reference)),
                Input.of(size, both(size, -3, 1)));
        worst = worst == null ? one : worst.worse(one);
      }
      all.put("PolicyLoss of " + preset.name(), worst);
    }
    for (ValueLoss loss : List.of(new ValueLoss(0.2), ValueLoss.unclipped())) {
      Precision worst = null;
      for (int round = 0; round < 30; round++) {
        double[] values = both(size, -4, 4);
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
                Input.of(size, nearAll(values)),
                Input.of(size, nearAll(values)));
        worst = worst == null ? one : worst.worse(one);
      }
      all.put(loss.toString(), worst);
    }
  }

  private void penalties() {
    double[] logprobs = negative(ROWS, -6, 4);
    double[] old = nearAll(logprobs);
    double[] reference = nearAll(logprobs);
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
                new Input(1, old, differences(logprobs, old)),
                new Input(1, reference, differences(logprobs, reference))));
      }
    }
  }

  /** Logits of five tokens, from nearly equal distributions to opposite ones. */
  private void vocabulary() {
    int vocabulary = 5;
    int rows = 500;
    double[] logits = both(vocabulary * rows, -4, 2);
    double[] others = nearAll(logits);
    for (int i = 0; i < others.length / 4; i++) {
      others[i] = both(1, -4, 3)[0];
    }
    Map<String, BiFunction<Variable, Variable, Variable>> divergences = new LinkedHashMap<>();
    divergences.put("ExactKl", ExactKl::of);
    divergences.put("Distillation.crossEntropy", (q, p) -> Distillation.crossEntropy(p, q));
    divergences.put("Distillation.forward", (q, p) -> Distillation.forward(p, q));
    divergences.put("Distillation.reverse", (q, p) -> Distillation.reverse(p, q));
    divergences.put("Distillation.jensenShannon", (q, p) -> Distillation.jensenShannon(p, q, 0.5));
    double[] larger = largerProbabilities(logits, others, vocabulary);
    double[][] probabilities = {larger, larger};
    divergences.forEach((name, divergence) ->
        all.put(
            name,
            Precision.of(
                name.endsWith("crossEntropy")
                    ? new Terms("value: 1; gradient: both probabilities", 1, probabilities)
                    : new Terms("gradient: both probabilities", 0, probabilities),
                (backend, in) ->
                    Differentiated.on(
                        backend,
                        x -> divergence.apply(x.get(0), x.get(1)),
                        matrixInput(in[0], vocabulary),
                        matrixInput(in[1], vocabulary)),
                new Input(vocabulary, logits, withLogprobs(logits, vocabulary)),
                new Input(vocabulary, others, withLogprobs(others, vocabulary)))));

    int classes = 3;
    double[] stepLogits = both(classes * rows, -4, 4);
    int[][] labels = new int[rows][1];
    boolean[][] ends = new boolean[rows][1];
    double[][] ones = new double[1][classes * rows];
    for (int i = 0; i < rows; i++) {
      labels[i][0] = i % 3 - 1;
      ends[i][0] = true;
      ones[0][classes * i + i % 3] = 1.0;
    }
    all.put(
        "ProcessRewardLoss, token by token",
        Precision.of(
            new Terms(CERTAIN, 1, ones),
            (backend, in) ->
                Differentiated.on(
                    backend,
                    x -> x.get(0).tokenLogprobs(flat(labels)).neg(),
                    matrixInput(in[0], classes)),
            Input.of(classes, stepLogits)));
    int[][] ids = new int[rows][2];
    double[][] picked = new double[1][2 * vocabulary * rows];
    for (int i = 0; i < rows; i++) {
      ids[i][1] = i % vocabulary;
      picked[0][2 * vocabulary * i + i % vocabulary] = 1;
    }
    all.put(
        "LikelihoodLoss, token by token",
        Precision.of(
            new Terms(CERTAIN, 1, picked),
            (backend, in) ->
                Differentiated.on(
                    backend,
                    x ->
                        NextToken.logprobs(x.get(0).reshape(rows, 2, vocabulary), ids, 1)
                            .neg()
                            .reshape(rows),
                    Differentiated.Input.of(in[0])),
            Input.of(2 * vocabulary, both(2 * vocabulary * rows, -4, 4))));
  }

  private static int[] flat(int[][] labels) {
    int[] classes = new int[labels.length];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels[i][0] + 1;
    }
    return classes;
  }

  private void put(
      String name, BiFunction<String, double[][], Differentiated> loss, Input... inputs) {
    all.put(name, Precision.of(loss, inputs));
  }

  private void rounds(String name, Supplier<Input[]> inputs, Function<Variable, Variable> loss) {
    Precision worst = null;
    for (int round = 0; round < 30; round++) {
      Precision one =
          Precision.of(vectors(1, in -> loss.apply(in.get(0)).reshape(1)), inputs.get());
      worst = worst == null ? one : worst.worse(one);
    }
    all.put(name, worst);
  }

  private static BiFunction<String, double[][], Differentiated> vectors(
      int differentiated, Function<List<Variable>, Variable> loss) {
    return (backend, in) -> {
      Differentiated.Input[] inputs = new Differentiated.Input[differentiated];
      for (int k = 0; k < differentiated; k++) {
        inputs[k] = Differentiated.Input.of(in[k]);
      }
      return Differentiated.on(backend, loss, inputs);
    };
  }

  private static BiFunction<String, double[][], Differentiated> matrix(
      int columns, Function<Variable, Variable> loss) {
    return (backend, in) ->
        Differentiated.on(backend, x -> loss.apply(x.get(0)), matrixInput(in[0], columns));
  }

  private static Differentiated.Input matrixInput(double[] values, int columns) {
    return new Differentiated.Input(Shape.of(values.length / columns, columns), values);
  }

  private static double[][] rows(double[] flat) {
    double[][] rows = new double[BATCH][];
    for (int i = 0; i < BATCH; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * TIME, (i + 1) * TIME);
    }
    return rows;
  }

  private static double[] sizes(double[] values) {
    return Arrays.stream(values).map(Math::abs).toArray();
  }

  private static double[][] filled(int n, double value) {
    double[] filled = new double[n];
    Arrays.fill(filled, value);
    return new double[][] {filled};
  }

  /** (P + Q) (1 + |log P - log Q|) of each entry: what the slopes by logits are differences of. */
  private static double[] largerProbabilities(double[] logits, double[] others, int columns) {
    double[] sizes = new double[logits.length];
    for (int r = 0; r < logits.length; r += columns) {
      double[] p = LogSpace.logSoftmax(Arrays.copyOfRange(logits, r, r + columns));
      double[] q = LogSpace.logSoftmax(Arrays.copyOfRange(others, r, r + columns));
      for (int c = 0; c < columns; c++) {
        sizes[r + c] = (Math.exp(p[c]) + Math.exp(q[c])) * (1 + Math.abs(p[c] - q[c]));
      }
    }
    return sizes;
  }

  /** Sizes of logits and of the log-probabilities that are made of them. */
  private static double[] withLogprobs(double[] logits, int columns) {
    double[] scales = new double[logits.length];
    for (int r = 0; r < logits.length; r += columns) {
      double[] row = Arrays.copyOfRange(logits, r, r + columns);
      double[] logprobs = LogSpace.logSoftmax(row);
      for (int c = 0; c < columns; c++) {
        scales[r + c] = Math.abs(row[c]) + Math.abs(logprobs[c]);
      }
    }
    return scales;
  }

  private static double[] differences(double[] a, double[] b) {
    double[] differences = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      differences[i] = a[i] - b[i];
    }
    return differences;
  }

  private double[] positive(int n, double low, double high) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) Math.pow(10, low + (high - low) * random.nextDouble());
    }
    return values;
  }

  private double[] negative(int n, double low, double high) {
    double[] values = positive(n, low, high);
    for (int i = 0; i < n; i++) {
      values[i] = -values[i];
    }
    return values;
  }

  private double[] both(int n, double low, double high) {
    double[] values = positive(n, low, high);
    for (int i = 0; i < n; i++) {
      values[i] = random.nextBoolean() ? values[i] : -values[i];
    }
    return values;
  }

  private double near(double value) {
    double step = Math.abs(value) * Math.pow(10, -7 + 7 * random.nextDouble());
    return (float) (random.nextBoolean() ? value + step : value - step);
  }

  private double[] nearAll(double[] values) {
    double[] near = new double[values.length];
    for (int i = 0; i < near.length; i++) {
      near[i] = i % 11 == 0 ? values[i] : near(values[i]);
    }
    return near;
  }
}
