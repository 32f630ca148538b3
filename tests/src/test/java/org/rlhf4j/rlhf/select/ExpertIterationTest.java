package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.select.Candidates.Candidate;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;

/**
 * One round of expert iteration. The right answer to x is x + 1 modulo 10; the policy was taught
 * right answers and as many random ones, so it is right with probability 1/2 + 1/20.
 */
class ExpertIterationTest {
  private static final int NUMBERS = 10;
  private static final int SAMPLES = 4;
  private static final double BEFORE = 0.55;

  @Test
  void theBestTeachWhatRandomOnesDoNot() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder base =
              new Decoder(
                  ParameterScope.root(workspace, new RandomKey(1)),
                  DecoderConfig.llama(NUMBERS, 2, 16, 1, 1, 1, 32).withTiedEmbeddings(false));
          imitate(base, halfRight(4_000), 200, pool);
          assertEquals(BEFORE, exactMatch(base, pool), 0.06);

          Candidates candidates = sample(base, 1_000, SAMPLES, pool);
          double[][] rewards = candidates.score(ExpertIterationTest::reward, 256);
          // the best of four is right unless all are wrong: 0.96
          double best = 1 - Math.pow(1 - BEFORE, SAMPLES);
          assertEquals(
              best, tuned(base, candidates, Selection.TOP_PER_PROMPT, rewards, pool), 0.06);
          assertEquals(
              BEFORE, tuned(base, candidates, Selection.RANDOM_PER_PROMPT, rewards, pool), 0.06);
        });
  }

  private static double tuned(
      Decoder base, Candidates candidates, Selection selection, double[][] rewards, Pool pool) {
    List<Dialogue> chosen =
        candidates.chosen(selection.choose(rewards, new SplittableRandom(3))).stream()
            .map(Candidate::dialogue)
            .toList();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder policy = base.copy(workspace);
      imitate(policy, chosen, 150, pool);
      return exactMatch(policy, pool);
    }
  }

  private static List<Dialogue> halfRight(int count) {
    RandomGenerator random = new SplittableRandom(2);
    List<Dialogue> dialogues = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int x = i % NUMBERS;
      int answer = random.nextBoolean() ? (x + 1) % NUMBERS : random.nextInt(NUMBERS);
      dialogues.add(new Dialogue(new int[] {x}, new int[] {answer}));
    }
    return dialogues;
  }

  private static void imitate(Decoder decoder, List<Dialogue> dialogues, int steps, Pool pool) {
    RandomGenerator random = new SplittableRandom(5);
    try (Workspace workspace = new Workspace(pool)) {
      AdamW optimizer = new AdamW(AdamW.Config.TUNING, decoder.parameters(), workspace);
      for (int step = 0; step < steps; step++) {
        DialogueBatch batch =
            DialogueBatch.of(
                random.ints(64, 0, dialogues.size()).mapToObj(dialogues::get).toList());
        try (Tape tape = Tape.recording(pool);
            Workspace norms = new Workspace(pool)) {
          tape.backward(
              LikelihoodLoss.apply(
                      decoder.logits(decoder.hidden(tape, batch.tokens(), Mode.EVALUATION)),
                      batch.ids(),
                      batch.mask(),
                      Totals.of(batch.predicted()))
                  .loss());
          double learningRate = 0.02 * (1 - step / (double) steps);
          optimizer.step(learningRate, new GradientNorm(decoder.parameters(), 1, norms));
        }
      }
    }
  }

  private static Candidates sample(Decoder decoder, int prompts, int n, Pool pool) {
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < prompts; i++) {
      all.add(new int[] {i % NUMBERS});
    }
    GenerationConfig config = GenerationConfig.of(Sampling.at(1), 1);
    return Candidates.sample(new Generator(decoder, pool), all, n, config, 1_000, new RandomKey(6));
  }

  private static double[] reward(List<Candidate> candidates) {
    return candidates.stream()
        .map(Candidate::dialogue)
        .mapToDouble(d -> d.completion()[0] == (d.prompt()[0] + 1) % NUMBERS ? 1 : 0)
        .toArray();
  }

  private static double exactMatch(Decoder decoder, Pool pool) {
    double[][] rewards = sample(decoder, 2_000, 1, pool).score(ExpertIterationTest::reward, 2_000);
    double right = 0;
    for (double[] reward : rewards) {
      right += reward[0];
    }
    return right / rewards.length;
  }
}
