package org.rlhf4j.rlhf.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.feedback.PreferenceLabel.Pair;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

class JudgeTest {
  private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
  private static final ChatTemplate TEMPLATE = new ChatTemplate(TOKENIZER);
  private static final DecoderConfig CONFIG =
      DecoderConfig.llama(TOKENIZER.vocabularySize(), 200, 8, 1, 2, 2, 8);
  private static final Form COMPARISON = new Form("{prompt}? A: {A} B: {B}");

  /** What a test does with questions to a model. */
  private interface Body {
    void accept(Question question);
  }

  private static void withRandomModel(Body body) throws Exception {
    Tiny.with(CONFIG, (decoder, pool) -> body.accept(new Question(decoder, TEMPLATE, pool)));
  }

  /** A model that is sure of one token, whatever it reads: its last hidden state is (1, 0, ..). */
  private static void withModelThatSays(char token, Body body) throws Exception {
    int width = 2;
    Tiny.with(
        DecoderConfig.gpt2(TOKENIZER.vocabularySize(), 200, width, 1, 1).withTiedEmbeddings(false),
        (decoder, pool) -> {
          for (Parameter parameter : decoder.parameters()) {
            double[] values = parameter.value().toDoubles();
            switch (parameter.name()) {
              case "norm.weight" -> Arrays.fill(values, 0);
              case "norm.bias" -> values = new double[] {1, 0};
              case "output.weight" -> {
                Arrays.fill(values, 0);
                values[token * width] = 20;
              }
              default -> {}
            }
            parameter.value().set(values);
          }
          body.accept(new Question(decoder, TEMPLATE, pool));
        });
  }

  @Test
  void whatIsFilledInIsNotReadAsABlank() {
    assertEquals(
        "{B}? A: $1 {prompt} B: x",
        COMPARISON.fill(Map.of("prompt", "{B}", "A", "$1 {prompt}", "B", "x")));
    assertEquals(Set.of("prompt", "A", "B"), COMPARISON.blanks());
    assertThrows(IllegalArgumentException.class, () -> COMPARISON.fill(Map.of("prompt", "x")));
    assertThrows(
        IllegalArgumentException.class, () -> new Form("a {b}").fill(Map.of("b", "", "c", "")));
  }

  @Test
  void theAnswerToAQuestionIsReadOffTheSoftmax() throws Exception {
    withRandomModel(question -> {
      int[] prompt = TEMPLATE.prompt("which?");
      double[] probabilities;
      try (Tape tape = Tape.noGrad(question.pool())) {
        var hidden =
            question.decoder().hidden(tape, new TokenBatch(prompt, new int[1]), Mode.EVALUATION);
        double[] all = question.decoder().logits(hidden).softmax().value().toDoubles();
        int vocabulary = TOKENIZER.vocabularySize();
        probabilities = Arrays.copyOfRange(all, all.length - vocabulary, all.length);
      }
      double yes = probabilities['y'];
      double no = probabilities['n'];
      assertEquals(yes / (yes + no), question.probability("which?", "yes", "no"), 1e-12);
      assertEquals(no / (yes + no), question.probability("which?", "no", "yes"), 1e-12);
      Grader grader = Grader.asking(question, new Form("{prompt}{completion}"), "yes", "no");
      assertEquals(yes / (yes + no), grader.score("whi", "ch?"), 1e-12);
      assertThrows(IllegalArgumentException.class, () -> question.probability("?", "no", "never"));
      assertThrows(IllegalArgumentException.class, () -> question.probability("?", "", "no"));
    });
  }

  @Test
  void askedInBothOrdersTheOrderDoesNotCount() throws Exception {
    withRandomModel(question -> {
      Judge judge = Judge.asking(question, COMPARISON);
      double asked = judge.preference("p", "good", "bad");
      double swapped = judge.preference("p", "bad", "good");
      assertNotEquals(1, asked + swapped, 1e-6);
      Judge fair = judge.inBothOrders();
      assertEquals((asked + 1 - swapped) / 2, fair.preference("p", "good", "bad"), 1e-15);
      assertEquals(
          1, fair.preference("p", "good", "bad") + fair.preference("p", "bad", "good"), 1e-15);
    });
  }

  @Test
  void aPreferenceForAPositionCancels() throws Exception {
    withModelThatSays(
        'A',
        question -> {
          Judge judge = Judge.asking(question, COMPARISON);
          assertTrue(judge.preference("p", "good", "bad") > 0.999);
          assertTrue(judge.preference("p", "bad", "good") > 0.999);
          assertEquals(0.5, judge.inBothOrders().preference("p", "good", "bad"), 1e-15);
        });
    withModelThatSays(
        'y',
        question ->
            assertTrue(
                Grader.asking(question, new Form("{prompt}{completion}"), "y", "n").score("", "")
                    > 0.999));
  }

  @Test
  void scoresBecomePreferencesByBradleyTerry() {
    Judge longer = Judge.of((_, completion) -> completion.length());
    assertEquals(1 / (1 + Math.exp(-2)), longer.preference("p", "four", "xx"), 1e-15);
    assertEquals(0.5, longer.preference("p", "xx", "yy"), 0);
    assertEquals(
        longer.preference("p", "a", "bcd"),
        longer.inBothOrders().preference("p", "a", "bcd"),
        1e-15);
  }

  @Test
  void labelsFollowTheJudgeAndTiesAreLeftOut() {
    Judge longer = Judge.of((_, completion) -> completion.length());
    List<PreferenceLabel> labels =
        PreferenceLabel.of(
            List.of(new Pair("p", "a", "bcd"), new Pair("p", "x", "y"), new Pair("q", "abc", "")),
            longer);
    assertEquals(2, labels.size());
    assertEquals(new PreferenceLabel("p", "bcd", "a", labels.get(0).probability()), labels.get(0));
    assertEquals(1 / (1 + Math.exp(-2)), labels.get(0).probability(), 1e-15);
    assertEquals("abc", labels.get(1).chosen());
    assertEquals(1 / (1 + Math.exp(-3)), labels.get(1).probability(), 1e-15);
    for (double wrong : new double[] {Double.NaN, -0.1, 1.1}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> PreferenceLabel.of(List.of(new Pair("p", "a", "b")), (_, _, _) -> wrong));
    }
  }

  @Test
  void aConstitutionsJudgeDrawsAPrincipleForEachPair() throws Exception {
    withRandomModel(question -> {
      List<Principle> constitution = List.of(Principle.of("Be kind."), Principle.of("Be short."));
      Judge judge = PreferenceLabel.judge(constitution, question, new RandomKey(1));
      Set<Integer> drawn = new HashSet<>();
      for (int i = 0; i < 12; i++) {
        String second = "b" + i;
        double preference = judge.preference("p", "a", second);
        assertEquals(1, preference + judge.preference("p", second, "a"), 1e-12);
        for (int j = 0; j < 2; j++) {
          Judge principle = constitution.get(j).judge(question);
          if (principle.preference("p", "a", second) == preference) {
            drawn.add(j);
          }
        }
      }
      assertEquals(Set.of(0, 1), drawn);
    });
  }
}
