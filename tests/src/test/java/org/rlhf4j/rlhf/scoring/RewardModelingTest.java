package org.rlhf4j.rlhf.scoring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.rlhf4j.rlhf.scoring.Labels.answer;
import static org.rlhf4j.rlhf.scoring.Labels.decoder;
import static org.rlhf4j.rlhf.scoring.Labels.pairs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Passes;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

class RewardModelingTest {
  @TempDir private Path folder = Path.of("");

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

  /** Of pairs whose rewards are equal none is right. */
  @Test
  void accuracyCountsPairsInTheirOrder() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model = RewardModeling.start(decoder(workspace), workspace, new RandomKey(2));
          List<Dialogue> answers = List.of(answer(4, 2), answer(5, 2), answer(6, 2));
          double[] rewards = model.score(answers, pool, 3);
          List<PreferencePair> pairs = new ArrayList<>();
          List<PreferencePair> turned = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            Dialogue one = answers.get(i);
            Dialogue other = answers.get((i + 1) % 3);
            boolean better = rewards[i] > rewards[(i + 1) % 3];
            pairs.add(better ? new PreferencePair(one, other) : new PreferencePair(other, one));
            turned.add(better ? new PreferencePair(other, one) : new PreferencePair(one, other));
          }
          assertEquals(1, model.accuracy(pairs, pool, 2));
          assertEquals(0, model.accuracy(turned, pool, 2));
          pairs.add(new PreferencePair(answers.getFirst(), answers.getFirst()));
          assertEquals(0.75, model.accuracy(pairs, pool, 2));
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
  void ratedPairsKeepTheirMargins() {
    List<PreferencePair> pairs = pairs().stream().map(RatedPair::pair).limit(2).toList();
    assertEquals(
        List.of(new RatedPair(pairs.getFirst(), 0.5), new RatedPair(pairs.getLast(), 2)),
        RatedPair.of(pairs, 0.5, 2));
    assertEquals(RatedPair.of(pairs, 0, 0), RatedPair.unrated(pairs));
  }
}
