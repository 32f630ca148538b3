package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.scoring.Graded;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

class RankedAnswersTest {
  private static final WordTokenizer WORDS = WordTokenizer.of(List.of("happy sad fox . ="));

  private interface Body {
    void accept(RankedAnswers answers);
  }

  /** The gold reward is 1, 0, 1, 0, ...: the first of two answers is the better one. */
  private static void withAnswers(int prompts, double sharpness, Body body) throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy =
              new Decoder(
                  ParameterScope.root(workspace, new RandomKey(1)),
                  DecoderConfig.llama(WORDS.vocabularySize(), 16, 8, 1, 2, 2, 8));
          Sampler sampler = new Sampler(Template.plain(WORDS), Sampling.at(1), 6, 256, pool);
          body.accept(
              RankedAnswers.draw(
                  policy,
                  IntStream.range(0, prompts).mapToObj(_ -> "fox").toList(),
                  2,
                  sampler,
                  samples ->
                      IntStream.range(0, samples.size()).mapToDouble(i -> 1 - i % 2).toArray(),
                  sharpness,
                  new RandomKey(2)));
        });
  }

  /** sigmoid(1.5) of the labels are right: within four deviations of 2000 draws. */
  @Test
  void theLabellerOfTwoAnswersIsBradleyTerry() throws Exception {
    withAnswers(
        2000,
        1.5,
        answers -> {
          double right =
              answers.couples().stream()
                  .mapToInt(c -> c.firstPreferred() ? 1 : 0)
                  .average()
                  .orElseThrow();
          assertEquals(1 / (1 + Math.exp(-1.5)), right, 4 * Math.sqrt(0.82 * 0.18 / 2000));
        });
  }

  @Test
  void pairsRankingsAndGradesAreOfTheSameAnswers() throws Exception {
    withAnswers(
        50,
        100,
        answers -> {
          for (int i = 0; i < 50; i++) {
            var first = answers.groups().get(i).getFirst().dialogue();
            assertEquals(first, answers.pairs().get(i).pair().chosen());
            assertEquals(1, answers.pairs().get(i).margin());
            assertEquals(first, answers.rankings().get(i).answers().getFirst());
          }
          List<Graded> graded = answers.graded(WORDS);
          assertEquals(100, graded.size());
          for (int i = 0; i < 100; i++) {
            assertEquals(i % 2 == 0, graded.get(i).correct());
            int[] completion = graded.get(i).dialogue().completion();
            if (IntStream.of(completion).noneMatch(id -> id == WORDS.begin())) { // it joins words
              assertArrayEquals(steps(completion), graded.get(i).steps());
            }
          }
        });
  }

  /** Happy words less sad ones of each sentence, each word once. */
  private static int[] steps(int[] completion) {
    int[] steps = new int[completion.length];
    boolean happy = false;
    boolean sad = false;
    for (int t = 0; t < steps.length; t++) {
      String word = WORDS.decode(completion[t]).strip();
      happy |= word.equals("happy");
      sad |= word.equals("sad");
      boolean ends = word.equals(".") || t == steps.length - 1;
      steps[t] = ends ? (happy ? 1 : 0) - (sad ? 1 : 0) : Graded.NO_STEP;
      happy &= !ends;
      sad &= !ends;
    }
    return steps;
  }
}
