package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/**
 * One round of expert iteration. The right answer to x is x + 1 modulo 10; the policy was taught
 * right answers and as many random ones, so it is right with probability 1/2 + 1/20.
 */
class ExpertIterationTest {
  private static final int NUMBERS = 10;
  private static final int SAMPLES = 4;
  private static final double BEFORE = 0.55;
  private static final int PROMPTS = 1_000;
  private static final Template TEMPLATE =
      Template.plain(
          WordTokenizer.of(
              List.of(
                  IntStream.range(0, NUMBERS)
                      .mapToObj(Integer::toString)
                      .collect(Collectors.joining(" ", "= ", "")))));

  private static final Reward RIGHT =
      samples -> samples.stream().mapToDouble(s -> isRight(s) ? 1 : 0).toArray();

  @TempDir private Path folder;

  private static boolean isRight(Sample sample) {
    int next = (Integer.parseInt(sample.prompt()) + 1) % NUMBERS;
    return sample.text().strip().equals(Integer.toString(next));
  }

  private static List<String> prompts(int count) {
    return IntStream.range(0, count).mapToObj(i -> Integer.toString(i % NUMBERS)).toList();
  }

  private static ExpertIteration iteration(Selection selection, double leastReward, Pool pool) {
    return new ExpertIteration(
        new Sampler(TEMPLATE, Sampling.at(1), 1, 1_000, pool),
        RIGHT,
        SAMPLES,
        leastReward,
        selection,
        new FineTuning(150, 64, 0.02));
  }

  private Decoder base(Pool pool, Workspace workspace) {
    Decoder base =
        new Decoder(
            ParameterScope.root(workspace, new RandomKey(1)),
            DecoderConfig.llama(TEMPLATE.tokenizer().vocabularySize(), 4, 16, 1, 1, 1, 32)
                .withTiedEmbeddings(false));
    new FineTuning(200, 64, 0.02)
        .train(base, halfRight(4_000), pool, "base", journal("base"), new RandomKey(5));
    return base;
  }

  private Journal journal(String name) {
    return new Journal(folder.resolve(name + ".jsonl"));
  }

  @Test
  void theBestTeachWhatRandomOnesDoNot() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder base = base(pool, workspace);
          assertEquals(BEFORE, exactMatch(base, pool), 0.06);
          // the best of four is right unless all are wrong: 0.96
          double best = 1 - Math.pow(1 - BEFORE, SAMPLES);
          assertEquals(best, tuned(base, Selection.TOP_PER_PROMPT, best, pool), 0.06);
          assertEquals(BEFORE, tuned(base, Selection.RANDOM_PER_PROMPT, BEFORE, pool), 0.06);
        });
  }

  /**
   * {@return exact match after a round}
   *
   * @param expected mean reward of what is chosen
   */
  private double tuned(Decoder base, Selection selection, double expected, Pool pool) {
    Journal journal = journal(selection.name());
    try (Workspace workspace = new Workspace(pool)) {
      Decoder policy = base.copy(workspace);
      iteration(selection, Double.NEGATIVE_INFINITY, pool)
          .round(policy, prompts(PROMPTS), "round", journal, new RandomKey(6));
      var chosen = journal.entries().getFirst().metrics();
      assertEquals(PROMPTS, chosen.getOrDefault("count", 0.0), selection.name());
      assertEquals(BEFORE, chosen.getOrDefault("reward/all", 0.0), 0.06);
      assertEquals(expected, chosen.getOrDefault("reward/chosen", 0.0), 0.06);
      return exactMatch(policy, pool);
    }
  }

  /** Of ten prompts some have no right answer among four: they are passed over. */
  @Test
  void promptsWithoutAGoodAnswerArePassedOver() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = base(pool, workspace);
          Journal journal = journal("least");
          iteration(Selection.TOP_PER_PROMPT, 1, pool)
              .round(policy, prompts(PROMPTS), "round", journal, new RandomKey(6));
          var chosen = journal.entries().getFirst().metrics();
          assertEquals(1, chosen.getOrDefault("reward/chosen", 0.0));
          double count = chosen.getOrDefault("count", 0.0);
          assertEquals(1 - Math.pow(1 - BEFORE, SAMPLES), count / PROMPTS, 0.04);
          assertTrue(count < PROMPTS);
          assertThrows(
              IllegalStateException.class,
              () ->
                  iteration(Selection.TOP_PER_PROMPT, 2, pool)
                      .round(policy, prompts(10), "round", journal, new RandomKey(6)));
        });
  }

  private static List<Dialogue> halfRight(int count) {
    RandomGenerator random = new SplittableRandom(2);
    List<Dialogue> dialogues = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int x = i % NUMBERS;
      int answer = random.nextBoolean() ? (x + 1) % NUMBERS : random.nextInt(NUMBERS);
      dialogues.add(
          new Dialogue(
              TEMPLATE.prompt(Integer.toString(x)),
              TEMPLATE.tokenizer().encode(Integer.toString(answer))));
    }
    return dialogues;
  }

  private static double exactMatch(Decoder decoder, Pool pool) {
    Sampler sampler = new Sampler(TEMPLATE, Sampling.at(1), 1, 2_000, pool);
    return Rows.mean(RIGHT.of(sampler.sample(decoder, prompts(2_000), new RandomKey(7))));
  }
}
