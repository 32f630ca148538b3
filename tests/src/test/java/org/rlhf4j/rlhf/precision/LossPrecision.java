package org.rlhf4j.rlhf.precision;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.distill.Distillation;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.ExactKl;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.precision.Precision.Input;
import org.rlhf4j.rlhf.precision.Precision.Terms;
import org.rlhf4j.rlhf.reward.OutcomeRewardLoss;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.tensor.Shape;

/**
 * The digits of every loss that is neither of direct alignment nor of policy gradients, see {@link
 * Precision}.
 */
final class LossPrecision {
  private static final int ROWS = 2000;

  /** Of an almost certain token: the sum of exponentials is 1 and little, the slope 1 - p. */
  private static final String CERTAIN = "value and gradient: 1";

  private static final int BATCH = 2;
  private static final int TIME = 3;
  private static final boolean[][] MASK = {{true, true, true}, {true, true, false}};

  private final Draws draws = new Draws(4);
  private final Map<String, Precision> all = new LinkedHashMap<>();

  static Map<String, Precision> all() {
    LossPrecision precision = new LossPrecision();
    precision.rewards();
    precision.vocabulary();
    return precision.all;
  }

  private void rewards() {
    double[] chosen = draws.both(ROWS, -6, 4);
    double[] rejected = draws.both(ROWS, -6, 4);
    for (int i = 0; i < ROWS; i += 3) {
      rejected[i] = draws.near(chosen[i]);
    }
    double[] margins = draws.positive(ROWS, -3, 1);
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
    double[] rankings = draws.both(4 * ROWS, -4, 4);
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
        () -> new Input[] {Input.of(BATCH * TIME, draws.both(BATCH * TIME, -6, 4))},
        in ->
            OutcomeRewardLoss.perToken(
                in.reshape(BATCH, TIME), new boolean[] {true, false}, MASK, Totals.of(MASK)));
    rounds(
        "OutcomeRewardLoss.perAnswer",
        () -> new Input[] {Input.of(BATCH * TIME, draws.both(BATCH * TIME, -6, 4))},
        in ->
            OutcomeRewardLoss.perAnswer(
                in.reshape(BATCH, TIME), new boolean[] {true, false}, MASK));
  }

  /** Logits of five tokens, from nearly equal distributions to opposite ones. */
  private void vocabulary() {
    int vocabulary = 5;
    int rows = 500;
    double[] logits = draws.both(vocabulary * rows, -4, 2);
    double[] others = draws.nearAll(logits);
    for (int i = 0; i < others.length / 4; i++) {
      others[i] = draws.both(1, -4, 3)[0];
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
    double[] stepLogits = draws.both(classes * rows, -4, 4);
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
            Input.of(2 * vocabulary, draws.both(2 * vocabulary * rows, -4, 4))));
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
}
