package org.rlhf4j.rlhf.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Scripted;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

class ToolUseTest {
  private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
  private static final ToolUse CALCULATOR = new ToolUse(TOKENIZER, List.of(new Calculator()));

  @ParameterizedTest
  @CsvSource({
    "12*7, =84",
    "1+2*3, =7",
    "(1 + 2) * 3, =9",
    "7-2-1, =4",
    "8/4/2, =1",
    "2-3, =-1",
    "-(2-5)*-2, =-6",
    "1/3+1/6, =1/2",
    "0.1+0.2, =3/10",
    "99999999999*99999999999, =9999999999800000000001",
    "1/-2, =-1/2",
    "6/-3, =-2",
    "1/0, =error",
    "1/(2-2), =error",
    "2+, =error",
    "'', =error",
    "(1, =error",
    "1), =error",
    "1..2, =error",
    "two, =error"
  })
  void calculator(String input, String output) {
    assertEquals(output, new Calculator().call(input));
  }

  @Test
  void longInputIsRefusedRatherThanFollowed() {
    assertEquals("=1", new Calculator().call("(".repeat(49) + "1" + ")".repeat(49)));
    assertEquals("=error", new Calculator().call("(".repeat(5_000) + "1"));
  }

  private static String after(String text) {
    return TOKENIZER.decode(CALCULATOR.after(0, TOKENIZER.encode(text)));
  }

  @Test
  void answersOnceAndOnlyWhenACallWasClosed() {
    assertEquals("=84", after("So <calc>12*7</calc>"));
    assertEquals("=5", after("<calc>1+1</calc>=2, <calc>2+3</calc>"));
    assertEquals("=2", after("<calc>9 <calc>1+1</calc>"));
    assertEquals("", after("So <calc>12*7</calc"));
    assertEquals("", after("<calc>12*7</calc>="));
    assertEquals("", after("12*7</calc>"));
    assertEquals("", after("<other>12*7</other>"));
  }

  @Test
  void theModelGoesOnBehindTheAnswerWhichNoLossCounts() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          int[] prompt = TOKENIZER.encode("12*7?");
          String before = "<calc>12*7</calc>";
          String tool = "=84";
          String rest = " so 84";
          // at the tool's columns the model would have said something else
          int[] script = new int[prompt.length + before.length() + tool.length() + rest.length()];
          Arrays.fill(script, 'x');
          fill(script, prompt.length - 1, before);
          fill(script, prompt.length + before.length() + tool.length() - 1, rest);
          script[script.length - 1] = TOKENIZER.end();
          Decoder decoder = Scripted.of(TOKENIZER.vocabularySize(), with(script), workspace);
          for (boolean cached : new boolean[] {true, false}) {
            GenerationConfig config = GenerationConfig.of(Sampling.greedy(), 100, TOKENIZER.end());
            Completion completion =
                new Generator(decoder, pool)
                    .generate(
                        List.of(new Generator.Prompt(prompt, new RandomKey(1))),
                        cached ? config : config.uncached(),
                        (_, _) -> {},
                        CALCULATOR)
                    .getFirst();
            assertEquals(before + tool + rest, TOKENIZER.decode(completion.tokens()));
            assertEquals(Completion.Ending.STOP, completion.ending());
            for (int t = 0; t < completion.length(); t++) {
              boolean byTool = t >= before.length() && t < before.length() + tool.length();
              assertEquals(!byTool, completion.drawn()[t]);
            }
            assertEquals(lossWithoutTool(completion), loss(decoder, prompt, completion), 1e-12);
          }
        });
  }

  /** One column more, so that the last token fits into the context. */
  private static int[] with(int[] script) {
    return Arrays.copyOf(script, script.length + 1);
  }

  private static void fill(int[] script, int from, String text) {
    int[] tokens = TOKENIZER.encode(text);
    System.arraycopy(tokens, 0, script, from, tokens.length);
  }

  private static double lossWithoutTool(Completion completion) {
    return -IntStream.range(0, completion.length())
        .filter(t -> completion.drawn()[t])
        .mapToDouble(t -> completion.logprobs()[t])
        .average()
        .orElseThrow();
  }

  private static double loss(Decoder decoder, int[] prompt, Completion completion)
      throws Exception {
    DialogueBatch batch = DialogueBatch.of(List.of(Dialogue.of(prompt, completion)));
    try (Pool pool = new Pool(decoder.parameters().getFirst().value().backend());
        Tape tape = Tape.noGrad(pool)) {
      return LikelihoodLoss.apply(
              decoder.logits(decoder.hidden(tape, batch.tokens(), Mode.EVALUATION)),
              batch.ids(),
              batch.mask(),
              Totals.of(batch.predicted()))
          .loss()
          .item();
    }
  }

  @Test
  void masksFollowWhoSpoke() {
    Dialogue dialogue =
        new Dialogue(new int[] {1, 2}, new int[] {3, 4, 5}, new boolean[] {true, false, true});
    DialogueBatch batch = DialogueBatch.of(List.of(dialogue));
    assertArrayEquals(new boolean[] {false, false, true, false, true}, batch.mask()[0]);
    assertArrayEquals(new boolean[] {false, true, false, true}, batch.predicted()[0]);
  }
}
