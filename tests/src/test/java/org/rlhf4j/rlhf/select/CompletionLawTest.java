package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;

class CompletionLawTest {
  private static final int[] PROMPT = {1, 2};
  private static final int END = 0;
  private static final int WORDS = 5;

  @Test
  void everyCompletionIsListedOnceWithItsProbability() throws Exception {
    Tiny.with(
        DecoderConfig.llama(WORDS, 8, 8, 1, 2, 2, 8),
        (decoder, pool) -> {
          CompletionLaw law = CompletionLaw.of(decoder, PROMPT, 3, END, pool, 7);
          // one of one token, 4 of two, 4 * 4 * 5 of three: the last word may be the end or not
          assertEquals(1 + 4 + 80, law.completions().size());
          assertEquals(
              85,
              law.completions().stream()
                  .map(d -> Arrays.toString(d.completion()))
                  .distinct()
                  .count());
          assertEquals(1, Arrays.stream(law.probabilities()).sum(), 1e-12);
          try (Tape tape = Tape.noGrad(pool)) {
            double[] next = nextToken(decoder, tape, PROMPT);
            for (int token = 0; token < WORDS; token++) {
              int first = token;
              double marginal =
                  IntStream.range(0, 85)
                      .filter(y -> law.completions().get(y).completion()[0] == first)
                      .mapToDouble(y -> law.probabilities()[y])
                      .sum();
              assertEquals(next[token], marginal, 1e-12);
            }
          }
        });
  }

  private static double[] nextToken(Decoder decoder, Tape tape, int[] prompt) {
    var hidden = decoder.hidden(tape, TokenBatch.padRight(List.of(prompt), 0), Mode.EVALUATION);
    return decoder
        .logits(hidden.slice(1, prompt.length - 1, prompt.length))
        .softmax()
        .value()
        .toDoubles();
  }

  @Test
  void whatCannotBeListedIsRefused() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) ->
            assertThrows(
                IllegalArgumentException.class,
                () -> CompletionLaw.of(decoder, PROMPT, 9, END, pool, 7)));
  }
}
