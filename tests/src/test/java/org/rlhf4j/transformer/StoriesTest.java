package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.checkpoint.Llama2c;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe;
import org.rlhf4j.transformer.tokenizer.TokenizerFile;

/** A real pretrained model says, token for token, what the reference program says. */
class StoriesTest {
  private static final int BOS = 1;

  private interface Body {
    void accept(Decoder decoder, Pool pool) throws IOException;
  }

  private static void withModel(String backendName, Body body) throws IOException {
    try (Backend backend = Backends.open(backendName, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      body.accept(
          Llama2c.read(SharedData.file("models/stories260K/stories260K.bin"), workspace), pool);
    }
  }

  private static int[] greedy(Decoder decoder, Pool pool, int[] prompt, int count, boolean cached) {
    GenerationConfig config = GenerationConfig.of(Sampling.greedy(), count, BOS);
    return new Generator(decoder, pool)
        .generate(List.of(prompt), cached ? config : config.uncached(), new RandomKey(0))
        .getFirst()
        .tokens();
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void aloneWithCacheItContinuesAsTheReferenceProgramDoes(String backend) throws IOException {
    withModel(
        backend,
        (decoder, pool) -> {
          for (StoriesReference story : StoriesReference.ALL) {
            int[] expected = story.continuation();
            int[] actual = greedy(decoder, pool, story.promptTokens(), expected.length, true);
            assertArrayEquals(expected, actual, story::toString);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void batchedWithPaddingItContinuesAsAlone(String backend) throws IOException {
    withModel(
        backend,
        (decoder, pool) -> {
          List<int[]> prompts =
              StoriesReference.ALL.stream().map(StoriesReference::promptTokens).toList();
          List<Completion> completions =
              new Generator(decoder, pool)
                  .generate(
                      prompts, GenerationConfig.of(Sampling.greedy(), 256, BOS), new RandomKey(0));
          for (int i = 0; i < prompts.size(); i++) {
            // the reference ends at position 256 of the sequence, this one 256 tokens after a
            // prompt
            int[] expected = StoriesReference.ALL.get(i).continuation();
            int[] actual = Arrays.copyOf(completions.get(i).tokens(), expected.length);
            assertArrayEquals(expected, actual, StoriesReference.ALL.get(i)::toString);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void withoutCacheItContinuesTheSame(String backend) throws IOException {
    withModel(
        backend,
        (decoder, pool) -> {
          for (StoriesReference story : StoriesReference.ALL.subList(0, 2)) {
            int[] expected = Arrays.copyOf(story.continuation(), 60);
            int[] actual = greedy(decoder, pool, story.promptTokens(), expected.length, false);
            assertArrayEquals(expected, actual, story::toString);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void itsTextIsTheKnownOne(String backend) throws IOException {
    SentencePieceBpe tokenizer =
        TokenizerFile.read(SharedData.file("models/stories260K/tok512.bin"));
    withModel(
        backend,
        (decoder, pool) -> {
          int[] prompt = prepend(BOS, tokenizer.encode("Once upon a time"));
          int[] all = concat(prompt, greedy(decoder, pool, prompt, 80, true));
          assertTrue(
              tokenizer
                  .decode(all)
                  .startsWith(
                      "Once upon a time, there was a little girl named Lily. She loved to play outside in"
                          + " the park. One day, she saw a big, red ball. She wanted to play with it, but it"
                          + " was too high.\nLily's mom said,"));
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void crossEntropyAgreesBetweenCachedAndFullForward(String backend) throws IOException {
    SentencePieceBpe tokenizer =
        TokenizerFile.read(SharedData.file("models/stories260K/tok512.bin"));
    int[] text =
        prepend(
            BOS,
            tokenizer.encode(
                "Tom had a red car. He took it to the park every day, and his friend Anna came"
                    + " too. One day the car was gone. \"Where is my car?\" said Tom."));
    withModel(
        backend,
        (decoder, pool) -> {
          double full = meanNegative(full(decoder, pool, text));
          double cached = meanNegative(cached(decoder, pool, text));
          assertEquals(full, cached, 1e-5);
          assertEquals(2.0, full, 1.0); // a language model, not noise: log 512 is 6.2
        });
  }

  private static double[] full(Decoder decoder, Pool pool, int[] text) {
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch batch = new TokenBatch(Arrays.copyOf(text, text.length - 1), new int[1]);
      int[] next = Arrays.copyOfRange(text, 1, text.length);
      return decoder
          .logits(decoder.hidden(tape, batch, Mode.EVALUATION))
          .tokenLogprobs(next)
          .value()
          .toDoubles();
    }
  }

  private static double[] cached(Decoder decoder, Pool pool, int[] text) {
    List<Double> logprobs = new ArrayList<>();
    try (KvCache cache = new KvCache(decoder.config(), 1, text.length, pool)) {
      for (int t = 0; t + 1 < text.length; t++) {
        try (Tape tape = Tape.noGrad(pool)) {
          var hidden = decoder.hidden(tape, new int[] {text[t]}, new int[1], cache);
          logprobs.add(decoder.logits(hidden).tokenLogprobs(new int[] {text[t + 1]}).item());
        }
      }
    }
    return logprobs.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double meanNegative(double[] logprobs) {
    return -Arrays.stream(logprobs).average().orElseThrow();
  }

  private static int[] prepend(int first, int[] rest) {
    return concat(new int[] {first}, rest);
  }

  private static int[] concat(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }
}
