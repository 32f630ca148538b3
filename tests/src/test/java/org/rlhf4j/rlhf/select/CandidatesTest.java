package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

class CandidatesTest {
  /** Eleven tokens, as many as {@link Tiny#LLAMA} has. */
  private static final Template TEMPLATE =
      Template.plain(WordTokenizer.of(List.of("= a b c d e f g")));

  private static final int END = TEMPLATE.tokenizer().end();

  private static Sampler sampler(int maxNewTokens, int batchSize, Pool pool) {
    return new Sampler(TEMPLATE, Sampling.at(1), maxNewTokens, batchSize, pool);
  }

  /** Tokens 0, 3, 6 and 9 tie, and so on. */
  private static final Reward FIRST_TOKEN =
      samples -> samples.stream().mapToDouble(s -> s.dialogue().completion()[0] % 3).toArray();

  @Test
  void theBestOfNFollowsItsLaw() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          int prompts = 2_000;
          int n = 3;
          List<Sample> best =
              Candidates.sample(
                      sampler(2, 500, pool),
                      decoder,
                      Collections.nCopies(prompts, "a b"),
                      n,
                      new RandomKey(3))
                  .best(FIRST_TOKEN);
          CompletionLaw all = CompletionLaw.of(decoder, TEMPLATE.prompt("a b"), 2, END, pool, 500);
          double[] law =
              BestOfN.law(
                  all.probabilities(),
                  all.completions().stream().mapToDouble(d -> d.completion()[0] % 3).toArray(),
                  n);
          Map<List<Integer>, Double> frequencies = new HashMap<>();
          best.forEach(s ->
              frequencies.merge(tokens(s.dialogue().completion()), 1.0 / prompts, Double::sum));
          for (int y = 0; y < law.length; y++) {
            double frequency =
                frequencies.getOrDefault(tokens(all.completions().get(y).completion()), 0.0);
            double deviation = Math.sqrt(law[y] * (1 - law[y]) / prompts);
            assertEquals(law[y], frequency, 5 * deviation + 2.0 / prompts, "completion " + y);
          }
        });
  }

  private static List<Integer> tokens(int[] completion) {
    return java.util.Arrays.stream(completion).boxed().toList();
  }

  @Test
  void samplesDoNotDependOnTheBatchAndScoresKeepTheirPlace() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          List<String> prompts = List.of("a b c", "d", "e f g a b");
          RandomKey key = new RandomKey(3);
          Candidates one = Candidates.sample(sampler(4, 1, pool), decoder, prompts, 5, key);
          Candidates all = Candidates.sample(sampler(4, 100, pool), decoder, prompts, 5, key);
          double[][] rewards = all.score(FIRST_TOKEN);
          boolean anyFinished = false;
          for (int i = 0; i < 3; i++) {
            assertEquals(5, all.byPrompt().get(i).size());
            for (int j = 0; j < 5; j++) {
              Sample sample = all.byPrompt().get(i).get(j);
              int[] completion = sample.dialogue().completion();
              assertEquals(prompts.get(i), sample.prompt());
              assertArrayEquals(TEMPLATE.prompt(prompts.get(i)), sample.dialogue().prompt());
              assertArrayEquals(one.byPrompt().get(i).get(j).dialogue().completion(), completion);
              assertEquals(completion[completion.length - 1] == END, sample.finished());
              assertEquals(completion[0] % 3, rewards[i][j]);
              anyFinished |= sample.finished();
            }
          }
          assertTrue(anyFinished);
          for (Selection selection : Selection.values()) {
            List<RejectionSampling.Choice> choices =
                selection.choose(rewards, new SplittableRandom(1));
            assertEquals(3, all.chosen(choices).size(), selection.name());
          }
          List<Sample> top =
              all.chosen(Selection.TOP_OVERALL.choose(rewards, new SplittableRandom(1)));
          assertEquals(2, top.getFirst().dialogue().completion()[0] % 3);
        });
  }
}
