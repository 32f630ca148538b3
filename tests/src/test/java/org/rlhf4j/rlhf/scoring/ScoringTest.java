package org.rlhf4j.rlhf.scoring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Passes;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;

/** Reward models of every kind on answers in which token 5 is good and token 4 is not. */
class ScoringTest {
  private static final int[] PROMPT = {1, 3};

  @TempDir private Path folder = Path.of("");

  private static Dialogue answer(int... completion) {
    return new Dialogue(PROMPT, completion);
  }

  private static Decoder decoder(Workspace workspace) {
    return new Decoder(
        ParameterScope.root(workspace, new RandomKey(1)),
        DecoderConfig.llama(8, 16, 8, 1, 2, 2, 16));
  }

  static List<RatedPair> pairs() {
    List<RatedPair> pairs = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int[] more = new int[1 + i % 3];
      Arrays.fill(more, 6);
      Dialogue good = answer(concat(more, 5, 2));
      Dialogue bad = answer(concat(more, 4, 2));
      pairs.add(new RatedPair(new PreferencePair(good, bad), i % 2));
    }
    return pairs;
  }

  private static int[] concat(int[] begin, int... end) {
    int[] all = Arrays.copyOf(begin, begin.length + end.length);
    System.arraycopy(end, 0, all, begin.length, end.length);
    return all;
  }

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

  private Journal journalOf(int epochs, double learningRate) throws Exception {
    Journal journal = new Journal(folder.resolve("journal"));
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          List<RatedPair> pairs = new ArrayList<>();
          for (int token = 3; token < 8; token++) {
            pairs.add(new RatedPair(new PreferencePair(answer(token, 2), answer(4, token)), token));
          }
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          new RewardModeling(epochs, 1, 1, learningRate)
              .train(
                  model.parameters(),
                  pairs,
                  new PairObjective(model, new RewardModelLoss(), 1),
                  RatedPair::length,
                  "loss",
                  pool,
                  "reward",
                  journal,
                  new RandomKey(3));
        });
    return journal;
  }

  @Test
  void everyPassTakesEveryLabelOnce() throws Exception {
    Passes.assertShuffled(journalOf(4, Passes.NO_RATE), "loss", 5, 4);
  }

  @Test
  void theLearningRateRisesForATenthAndFalls() throws Exception {
    Passes.assertCosine(journalOf(6, 1e-3), 1e-3, 3);
  }

  /** The policy under the head is a copy: what it says does not change. */
  @Test
  void thePolicyIsLeftAlone() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = decoder(workspace);
          double[] before = policy.parameters().getFirst().value().toDoubles();
          RewardModel model =
              new RewardModeling(1, 4, 4, 0.1)
                  .ofPairs(
                      policy,
                      pairs().stream().map(RatedPair::pair).toList(),
                      0,
                      workspace,
                      "reward",
                      new Journal(folder.resolve("journal")),
                      new RandomKey(3));
          assertArrayEquals(before, policy.parameters().getFirst().value().toDoubles());
          assertFalse(
              Arrays.equals(before, model.decoder().parameters().getFirst().value().toDoubles()));
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
          }
        });
  }

  @Test
  void aFileHoldsTheWholeModel() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          Path file = folder.resolve("reward.safetensors");
          RewardModelFile.write(model, file);
          List<Dialogue> dialogues = List.of(answer(6, 5, 2), answer(4, 2));
          assertArrayEquals(
              model.score(dialogues, pool, 1),
              RewardModelFile.read(file, workspace).score(dialogues, pool, 2),
              1e-12);
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
