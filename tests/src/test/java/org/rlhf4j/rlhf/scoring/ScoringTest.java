package org.rlhf4j.rlhf.scoring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.rlhf.scoring.Labels.answer;
import static org.rlhf4j.rlhf.scoring.Labels.decoder;
import static org.rlhf4j.rlhf.scoring.Labels.pairs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Tiny;

/** Reward models of every kind on answers in which token 5 is good and token 4 is not. */
class ScoringTest {
  @TempDir private Path folder = Path.of("");

  static List<Ranking> rankings() {
    return pairs().stream()
        .map(rated ->
            new Ranking(List.of(rated.pair().chosen(), rated.pair().rejected(), answer(4, 4, 2))))
        .toList();
  }

  static List<Graded> graded() {
    List<Graded> graded = new ArrayList<>();
    for (RatedPair rated : pairs()) {
      for (Dialogue dialogue : List.of(rated.pair().chosen(), rated.pair().rejected())) {
        int[] steps = new int[dialogue.completion().length];
        Arrays.fill(steps, Graded.NO_STEP);
        boolean good = dialogue.equals(rated.pair().chosen());
        steps[0] = 0;
        steps[steps.length - 2] = good ? 1 : -1;
        graded.add(new Graded(dialogue, good, steps));
      }
    }
    return graded;
  }

  /** Gradient of a step that is cut into parts of this size. */
  private static <T> List<double[]> gradient(
      Layer model, Objective<List<T>> objective, List<T> labels, int size, Pool pool) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < labels.size(); from += size) {
      parts.add(labels.subList(from, from + size));
    }
    Totals totals = parts.stream().map(objective::totals).reduce(Totals::plus).orElseThrow();
    for (List<T> part : parts) {
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(objective.loss(tape, part, totals).loss());
      }
    }
    List<double[]> gradients = new ArrayList<>();
    for (Parameter parameter : model.parameters()) {
      gradients.add(parameter.gradient().toDoubles());
    }
    return gradients;
  }

  private <T> void assertAccumulatesExactly(
      Function<RewardModel, Objective<List<T>>> objective, List<T> labels) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel one = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          RewardModel two = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          assertSame(
              gradient(one, objective.apply(one), labels, 8, pool),
              gradient(two, objective.apply(two), labels, 2, pool));
        });
  }

  private static void assertSame(List<double[]> whole, List<double[]> parts) {
    double largest = 0;
    for (int i = 0; i < whole.size(); i++) {
      assertArrayEquals(whole.get(i), parts.get(i), 1e-12);
      largest = Math.max(largest, Arrays.stream(whole.get(i)).map(Math::abs).max().orElse(0));
    }
    assertTrue(largest > 1e-3, "the gradient is nothing");
  }

  @Test
  void aStepCutIntoPartsIsTheSameStep() throws Exception {
    assertAccumulatesExactly(m -> new PairObjective(m, new RewardModelLoss(0.1), 0.5), pairs());
    assertAccumulatesExactly(m -> new RankingObjective(m, PlackettLuceLoss::losses), rankings());
    assertAccumulatesExactly(m -> new RankingObjective(m, PairBalancing::losses), rankings());
    assertAccumulatesExactly(OutcomeObjective::new, graded().subList(0, 8));
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          StepModel one = StepModel.start(decoder(workspace), workspace, new RandomKey(2));
          StepModel two = StepModel.start(decoder(workspace), workspace, new RandomKey(2));
          List<Graded> labels = graded().subList(0, 8);
          assertSame(
              gradient(one, new ProcessObjective(one), labels, 8, pool),
              gradient(two, new ProcessObjective(two), labels, 2, pool));
        });
  }

  private <T> void assertLearns(Function<RewardModel, Objective<List<T>>> objective, List<T> labels)
      throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          new RewardModeling(20, 4, 4, 0.02)
              .train(
                  model.parameters(),
                  labels,
                  objective.apply(model),
                  _ -> 1,
                  "loss",
                  pool,
                  "reward",
                  new Journal(folder.resolve("journal")),
                  new RandomKey(3));
          double[] scores = model.score(List.of(answer(6, 5, 2), answer(6, 4, 2)), pool, 2);
          assertTrue(scores[0] > scores[1] + 0.5, Arrays.toString(scores));
        });
  }

  @Test
  void everyKindLearnsWhichTokenIsGood() throws Exception {
    assertLearns(m -> new PairObjective(m, new RewardModelLoss(), 0), pairs());
    assertLearns(m -> new RankingObjective(m, PlackettLuceLoss::losses), rankings());
    assertLearns(OutcomeObjective::new, graded());
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          StepModel model = StepModel.start(decoder(workspace), workspace, new RandomKey(2));
          new RewardModeling(20, 4, 4, 0.02)
              .train(
                  model.parameters(),
                  graded(),
                  new ProcessObjective(model),
                  _ -> 1,
                  "loss",
                  pool,
                  "process",
                  new Journal(folder.resolve("journal")),
                  new RandomKey(3));
          double[] scores = model.score(graded().subList(0, 2), pool, 1);
          assertTrue(scores[0] > 0.5 && scores[1] < -0.5, Arrays.toString(scores));
        });
  }

  /** With equal answers both rewards are equal: log 2, plus the small pull towards zero. */
  @Test
  void equalAnswersLoseLogTwo() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          double reward = model.score(List.of(answer(5, 2)), pool, 1)[0];
          assertTrue(Math.abs(reward) > 1e-4);
          try (Tape tape = Tape.noGrad(pool)) {
            var equal = new RatedPair(new PreferencePair(answer(5, 2), answer(5, 2)), 0);
            double loss =
                new PairObjective(model, new RewardModelLoss(0.01), 1)
                    .loss(tape, List.of(equal), new Totals(1, 1))
                    .loss()
                    .item();
            assertEquals(Math.log(2) + 0.01 * 4 * reward * reward, loss, 1e-12);
            // log(1 + e^m) for a margin m
            var rated = new RatedPair(equal.pair(), 3);
            assertEquals(
                Math.log1p(Math.exp(0.5 * 3)),
                new PairObjective(model, new RewardModelLoss(), 0.5)
                    .loss(tape, List.of(rated), new Totals(1, 1))
                    .loss()
                    .item(),
                1e-12);
          }
        });
  }

  /** A ranking is right where its first answer scores above its last. */
  @Test
  void accuracyOfRankings() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          List<Dialogue> answers = List.of(answer(4, 2), answer(5, 2), answer(6, 2));
          double[] rewards = model.score(answers, pool, 3);
          List<Dialogue> best =
              IntStream.range(0, 3)
                  .boxed()
                  .sorted(Comparator.comparingDouble(i -> -rewards[i]))
                  .map(answers::get)
                  .toList();
          Ranking right = new Ranking(best);
          Ranking wrong = new Ranking(best.reversed());
          RankingObjective objective = new RankingObjective(model, PlackettLuceLoss::losses);
          try (Tape tape = Tape.noGrad(pool)) {
            List<Ranking> three = List.of(right, wrong, right);
            assertEquals(
                2 / 3.0,
                objective.loss(tape, three, objective.totals(three)).metric("accuracy"),
                1e-12);
          }
        });
  }

  @Test
  void rankingsOfOneBatchHaveOneLength() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          List<Ranking> mixed =
              List.of(
                  new Ranking(List.of(answer(2), answer(3))),
                  new Ranking(List.of(answer(2), answer(3), answer(4))));
          try (Tape tape = Tape.recording(pool)) {
            assertThrows(
                IllegalArgumentException.class,
                () ->
                    new RankingObjective(model, PlackettLuceLoss::losses)
                        .loss(tape, mixed, new Totals(2, 2)));
          }
        });
    assertThrows(IllegalArgumentException.class, () -> new Ranking(List.of(answer(2))));
    assertEquals(6, new Ranking(List.of(answer(2), answer(3))).length());
  }
}
