package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.select.Candidates.Candidate;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;

class CandidatesTest {
  private static final int[] PROMPT = {1, 2, 3};

  /** Tokens 0, 3, 6 and 9 tie, and so on. */
  private static double[] reward(List<Candidate> batch) {
    return batch.stream().mapToDouble(c -> c.dialogue().completion()[0] % 3).toArray();
  }

  private static double[] nextTokenProbabilities(Decoder decoder, Pool pool) {
    try (Tape tape = Tape.noGrad(pool)) {
      var hidden = decoder.hidden(tape, TokenBatch.padRight(List.of(PROMPT), 0), Mode.EVALUATION);
      return decoder.logits(hidden.slice(1, 2, 3)).softmax().value().toDoubles();
    }
  }

  @Test
  void theBestOfNFollowsItsLaw() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          int prompts = 2_000;
          int n = 3;
          List<Candidate> best =
              Candidates.sample(
                      new Generator(decoder, pool),
                      Collections.nCopies(prompts, PROMPT),
                      n,
                      GenerationConfig.of(Sampling.at(1), 1),
                      500,
                      new RandomKey(3))
                  .best(CandidatesTest::reward, 64);
          double[] law =
              BestOfN.law(
                  nextTokenProbabilities(decoder, pool),
                  IntStream.range(0, 11).mapToDouble(token -> token % 3).toArray(),
                  n);
          double[] frequencies = new double[11];
          best.forEach(c -> frequencies[c.dialogue().completion()[0]] += 1.0 / prompts);
          for (int token = 0; token < 11; token++) {
            double deviation = Math.sqrt(law[token] * (1 - law[token]) / prompts);
            assertEquals(law[token], frequencies[token], 4 * deviation, "token " + token);
          }
        });
  }

  @Test
  void samplesDoNotDependOnTheBatchAndScoresKeepTheirPlace() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          List<int[]> prompts = List.of(PROMPT, new int[] {4}, new int[] {5, 6, 7, 8});
          GenerationConfig config = GenerationConfig.of(Sampling.at(1), 4, 0, 1, 2);
          RandomKey key = new RandomKey(3);
          Candidates one = Candidates.sample(generator, prompts, 5, config, 1, key);
          Candidates all = Candidates.sample(generator, prompts, 5, config, 100, key);
          double[][] rewards = all.score(CandidatesTest::reward, 4);
          boolean anyFinished = false;
          for (int i = 0; i < 3; i++) {
            assertEquals(5, all.byPrompt().get(i).size());
            for (int j = 0; j < 5; j++) {
              Candidate candidate = all.byPrompt().get(i).get(j);
              int[] completion = candidate.dialogue().completion();
              assertArrayEquals(prompts.get(i), candidate.dialogue().prompt());
              assertArrayEquals(one.byPrompt().get(i).get(j).dialogue().completion(), completion);
              assertEquals(completion[completion.length - 1] <= 2, candidate.finished());
              assertEquals(completion[0] % 3, rewards[i][j]);
              anyFinished |= candidate.finished();
            }
          }
          assertTrue(anyFinished);
          for (Selection selection : Selection.values()) {
            List<RejectionSampling.Choice> choices =
                selection.choose(rewards, new SplittableRandom(1));
            assertEquals(3, all.chosen(choices).size(), selection.name());
          }
          List<Candidate> top =
              all.chosen(Selection.TOP_OVERALL.choose(rewards, new SplittableRandom(1)));
          assertEquals(2, top.getFirst().dialogue().completion()[0] % 3);
        });
  }
}
