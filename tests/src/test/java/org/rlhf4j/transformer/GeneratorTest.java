package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.kernel.TokenDraw;
import org.rlhf4j.transformer.Completion.Ending;
import org.rlhf4j.transformer.Generator.Prompt;

class GeneratorTest {
  static final List<DecoderConfig> FAMILIES = List.of(Tiny.LLAMA, Tiny.GPT2);

  private static final List<int[]> PROMPTS =
      List.of(new int[] {1}, new int[] {3, 7, 7, 0, 2}, new int[] {10, 4}, new int[] {5, 5, 5});
  private static final RandomKey KEY = new RandomKey(9);

  private static void assertSame(Completion expected, Completion actual) {
    assertArrayEquals(expected.tokens(), actual.tokens());
    assertArrayEquals(expected.logprobs(), actual.logprobs(), 1e-12);
    assertEquals(expected.ending(), actual.ending());
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void cacheChangesNothing(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          GenerationConfig cached = GenerationConfig.of(Sampling.at(0.9), 6, 8);
          List<Completion> expected = generator.generate(PROMPTS, cached, KEY);
          List<Completion> actual = generator.generate(PROMPTS, cached.uncached(), KEY);
          for (int i = 0; i < PROMPTS.size(); i++) {
            assertSame(expected.get(i), actual.get(i));
          }
          assertEquals(PROMPTS.size(), expected.size());
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void aContinuationDoesNotDependOnTheRowsBesideIt(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          // contexts end at different columns, and some rows end long before others
          GenerationConfig settings = GenerationConfig.of(Sampling.at(1.3), 100, 8);
          List<Completion> together = generator.generate(PROMPTS, settings, KEY);
          for (int i = 0; i < PROMPTS.size(); i++) {
            Prompt alone = new Prompt(PROMPTS.get(i), KEY.child(i));
            assertSame(
                together.get(i),
                generator.generate(List.of(alone), settings, (_, _) -> {}).getFirst());
          }
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void logprobsAreThoseOfAForwardPassAtTheSamplingTemperature(DecoderConfig config)
      throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          double temperature = 0.7;
          Sampling sampling = Sampling.at(temperature).topK(5).topP(0.95);
          List<Completion> completions =
              new Generator(decoder, pool).generate(PROMPTS, GenerationConfig.of(sampling, 6), KEY);
          for (int i = 0; i < PROMPTS.size(); i++) {
            int[] tokens = completions.get(i).tokens();
            double[] expected = logprobs(decoder, pool, PROMPTS.get(i), tokens, temperature);
            assertArrayEquals(expected, completions.get(i).logprobs(), 1e-12);
          }
        });
  }

  @Test
  void aBatchReadsTheWeightsAsTheyAreWhenItBegins() throws Exception {
    Tiny.on(
        "simd", // which packs them
        (pool, workspace) -> {
          Decoder decoder = Tiny.decoder(Tiny.LLAMA, workspace);
          Generator generator = new Generator(decoder, pool);
          GenerationConfig settings = GenerationConfig.of(Sampling.at(1), 6);
          for (int round = 0; round < 2; round++) {
            List<Completion> completions = generator.generate(PROMPTS, settings, KEY);
            for (int i = 0; i < PROMPTS.size(); i++) {
              int[] tokens = completions.get(i).tokens();
              double[] expected = logprobs(decoder, pool, PROMPTS.get(i), tokens, 1);
              assertArrayEquals(expected, completions.get(i).logprobs(), 1e-4);
            }
            decoder
                .parameters()
                .forEach(p -> pool.backend().elements().affine(p.value(), 0.5, 0.1, p.value()));
          }
        });
  }

  /** What training recomputes. */
  private static double[] logprobs(
      Decoder decoder, Pool pool, int[] prompt, int[] continuation, double temperature) {
    int[] all = concat(prompt, continuation);
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch inputs = new TokenBatch(Arrays.copyOf(all, all.length - 1), new int[1]);
      double[] logprobs =
          decoder
              .logits(decoder.hidden(tape, inputs, Mode.EVALUATION))
              .div(temperature)
              .tokenLogprobs(Arrays.copyOfRange(all, 1, all.length))
              .value()
              .toDoubles();
      return Arrays.copyOfRange(logprobs, prompt.length - 1, logprobs.length);
    }
  }

  @Test
  void greedyFollowsTheArgmaxOfTheFullForward() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          int[] sequence = {3, 7};
          List<Integer> expected = new ArrayList<>();
          for (int i = 0; i < 5; i++) {
            try (Tape tape = Tape.noGrad(pool)) {
              TokenBatch batch = new TokenBatch(sequence, new int[1]);
              var logits = decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION));
              int[] best = pool.backend().rows().argmax(logits.value());
              expected.add(best[best.length - 1]);
            }
            sequence = concat(sequence, new int[] {expected.getLast()});
          }
          List<Completion> actual =
              new Generator(decoder, pool)
                  .generate(
                      List.of(new int[] {3, 7}), GenerationConfig.of(Sampling.greedy(), 5), KEY);
          assertArrayEquals(
              expected.stream().mapToInt(Integer::intValue).toArray(), actual.getFirst().tokens());
        });
  }

  @Test
  void everyTokenIsDrawnFromAKeyOfItsOwn() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          decoder.parameters().getLast().value().set(new double[8]); // all logits 0
          Sampling sampling = Sampling.at(1);
          List<Completion> completions =
              new Generator(decoder, pool).generate(PROMPTS, GenerationConfig.of(sampling, 7), KEY);
          for (int row = 0; row < PROMPTS.size(); row++) {
            for (int t = 0; t < 7; t++) {
              TokenDraw expected = sampling.draw(new double[11], KEY.child(row).child(t));
              assertEquals(expected.token(), completions.get(row).tokens()[t]);
            }
          }
        });
  }

  @Test
  void endsAfterAStopToken() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          GenerationConfig free = GenerationConfig.of(Sampling.at(1), 8);
          for (Completion whole : generator.generate(PROMPTS, free, KEY)) {
            assertEquals(Ending.LENGTH, whole.ending());
          }
          List<int[]> prompt = PROMPTS.subList(0, 1);
          int[] unstopped = generator.generate(prompt, free, KEY).getFirst().tokens();
          for (int stop : unstopped) {
            Set<Integer> stops = Set.of(stop);
            int first = IntStream.of(unstopped).boxed().toList().indexOf(stop);
            Completion stopped =
                generator
                    .generate(prompt, new GenerationConfig(free.sampling(), 8, stops, true), KEY)
                    .getFirst();
            assertArrayEquals(Arrays.copyOf(unstopped, first + 1), stopped.tokens());
            assertEquals(first + 1, stopped.logprobs().length);
            assertEquals(Ending.STOP, stopped.ending());
          }
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void endsWhereTheContextEnds(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          List<Completion> completions =
              new Generator(decoder, pool)
                  .generate(PROMPTS, GenerationConfig.of(Sampling.at(1), 100), KEY);
          for (int i = 0; i < PROMPTS.size(); i++) {
            Completion continuation = completions.get(i);
            assertEquals(12, PROMPTS.get(i).length + continuation.tokens().length);
            assertEquals(Ending.LENGTH, continuation.ending());
          }
        });
  }

  @Test
  void theListenerHearsEveryTokenInOrder() throws Exception {
    Tiny.with(
        Tiny.GPT2,
        (decoder, pool) -> {
          List<List<TokenDraw>> heard = List.of(new ArrayList<>(), new ArrayList<>());
          List<Prompt> prompts =
              List.of(new Prompt(new int[] {1}, KEY), new Prompt(new int[] {2, 3}, KEY));
          List<Completion> completions =
              new Generator(decoder, pool)
                  .generate(
                      prompts,
                      GenerationConfig.of(Sampling.at(1), 9, 4),
                      (row, draw) -> heard.get(row).add(draw));
          for (int i = 0; i < 2; i++) {
            assertArrayEquals(
                completions.get(i).tokens(),
                heard.get(i).stream().mapToInt(TokenDraw::token).toArray());
            assertArrayEquals(
                completions.get(i).logprobs(),
                heard.get(i).stream().mapToDouble(TokenDraw::logprob).toArray());
          }
        });
  }

  @Test
  void memoryGoesBackToThePool() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          GenerationConfig settings = GenerationConfig.of(Sampling.greedy(), 6);
          generator.generate(PROMPTS, settings, KEY);
          int lent = pool.lent();
          long allocations = pool.allocations();
          generator.generate(PROMPTS, settings, KEY);
          assertEquals(lent, pool.lent());
          assertEquals(allocations, pool.allocations());
        });
  }

  @Test
  void aDivergedModelIsAnError() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          double[] norm = new double[8];
          norm[3] = Double.NaN;
          decoder.parameters().getLast().value().set(norm);
          assertThrows(
              ArithmeticException.class,
              () ->
                  new Generator(decoder, pool)
                      .generate(PROMPTS, GenerationConfig.of(Sampling.greedy(), 2), KEY));
        });
  }

  @Test
  void refusesPromptsThatDoNotFit() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          GenerationConfig settings = GenerationConfig.of(Sampling.greedy(), 2);
          for (int length : new int[] {0, 12, 13}) {
            List<int[]> prompts = List.of(new int[] {1}, new int[length]);
            String message =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> generator.generate(prompts, settings, KEY))
                    .getMessage();
            assertEquals(
                "prompt 1 has %d tokens; it needs at least 1 and fewer than the model's context of 12"
                    .formatted(length),
                message);
          }
          assertThrows(
              IllegalArgumentException.class, () -> generator.generate(List.of(), settings, KEY));
        });
  }

  private static int[] concat(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void whatIsPutInIsReadButNotDrawn(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          Generator generator = new Generator(decoder, pool);
          GenerationConfig settings = GenerationConfig.of(Sampling.at(0.8), 7);
          List<Prompt> prompts =
              List.of(new Prompt(PROMPTS.get(1), KEY), new Prompt(PROMPTS.get(2), KEY.child(1)));
          List<Completion> alone = generator.generate(prompts, settings, (_, _) -> {});
          int other = (alone.get(1).tokens()[0] + 1) % 11; // is not what the second row says first
          // the second row is interrupted after its first and sixth token
          Interjection interjection =
              (row, tokens) ->
                  row == 1 && (tokens.length == 1 || tokens.length == 6)
                      ? new int[] {other, 4}
                      : new int[0];
          List<Completion> completions =
              generator.generate(prompts, settings, (_, _) -> {}, interjection);
          assertSame(alone.getFirst(), completions.getFirst());
          Completion second = completions.get(1);
          assertSame(
              second,
              generator.generate(prompts, settings.uncached(), (_, _) -> {}, interjection).get(1));
          assertEquals(alone.get(1).tokens()[0], second.tokens()[0]);
          assertArrayEquals(new int[] {other, 4}, Arrays.copyOfRange(second.tokens(), 1, 3));
          assertEquals(7, second.length(), "cut off within the second interruption");
          double[] expected = logprobs(decoder, pool, PROMPTS.get(2), second.tokens(), 0.8);
          for (int t = 0; t < 7; t++) {
            assertEquals(t == 0 || (t > 2 && t < 6), second.drawn()[t], "token " + t);
            assertEquals(second.drawn()[t] ? expected[t] : 0, second.logprobs()[t], 1e-12);
          }
          // a stop token ends a row only where the model itself says it
          GenerationConfig stopping = GenerationConfig.of(Sampling.at(0.8), 7, other);
          Completion stopped =
              generator.generate(prompts, stopping, (_, _) -> {}, interjection).get(1);
          int length = 1;
          while (length < 7
              && !(second.drawn()[length - 1] && second.tokens()[length - 1] == other)) {
            length++;
          }
          assertArrayEquals(Arrays.copyOf(second.tokens(), length), stopped.tokens());
        });
  }
}
