package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

class ConversationTest {
  private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
  private static final ChatTemplate TEMPLATE = new ChatTemplate(TOKENIZER);
  private static final Conversation TALK =
      Conversation.of(
          Turn.system("Be brief."),
          Turn.user("Hi"),
          Turn.assistant("Hello!"),
          Turn.user("Bye"),
          Turn.assistant("See you."),
          Turn.user("?"),
          Turn.assistant("."));

  private static int[] ids(Dialogue dialogue) {
    return IntStream.concat(IntStream.of(dialogue.prompt()), IntStream.of(dialogue.completion()))
        .toArray();
  }

  @Test
  void oneExchangeIsAPromptAndItsCompletion() {
    Conversation exchange = Conversation.of(Turn.user("Hi"), Turn.assistant("Hello!"));
    for (Dialogue dialogue :
        List.of(TEMPLATE.lastAnswer(exchange), TEMPLATE.allAnswers(exchange))) {
      assertArrayEquals(TEMPLATE.prompt("Hi"), dialogue.prompt());
      assertArrayEquals(TEMPLATE.completion("Hello!"), dialogue.completion());
      assertEquals(7, count(dialogue.learned()));
    }
  }

  @Test
  void exactlyTheAnswersAndTheirEndsAreLearned() {
    Dialogue dialogue = TEMPLATE.allAnswers(TALK);
    StringBuilder learned = new StringBuilder();
    for (int t = 0; t < dialogue.completion().length; t++) {
      if (dialogue.learned()[t]) {
        int token = dialogue.completion()[t];
        learned.append(token == TOKENIZER.end() ? "|" : TOKENIZER.decode(token));
      }
    }
    assertEquals("Hello!|See you.|.|", learned.toString());
    assertEquals(
        "system\nBe brief.\nuser\nHi\nassistant\nHello!\nuser\nBye\nassistant\nSee you.\n"
            + "user\n?\nassistant\n.",
        TOKENIZER.decode(ids(dialogue)));
  }

  @Test
  void eachUnrolledAnswerIsABeginningOfTheWhole() {
    List<Conversation> unrolled = TALK.unrolled();
    assertEquals(
        List.of("Hello!", "See you.", "."), unrolled.stream().map(Conversation::answer).toList());
    int[] whole = ids(TEMPLATE.allAnswers(TALK));
    for (Conversation part : unrolled) {
      int[] beginning = ids(TEMPLATE.lastAnswer(part));
      assertArrayEquals(beginning, Arrays.copyOf(whole, beginning.length));
    }
    assertArrayEquals(whole, ids(TEMPLATE.lastAnswer(TALK)));
  }

  @Test
  void learningAllAnswersAtOnceIsLearningThemOneByOne() throws Exception {
    Tiny.with(
        DecoderConfig.llama(TOKENIZER.vocabularySize(), 200, 8, 1, 2, 2, 8),
        (decoder, pool) -> {
          try (Tape tape = Tape.noGrad(pool)) {
            DialogueBatch whole = DialogueBatch.of(List.of(TEMPLATE.allAnswers(TALK)));
            DialogueBatch parts =
                DialogueBatch.of(TALK.unrolled().stream().map(TEMPLATE::lastAnswer).toList());
            double[] each =
                Likelihoods.sequences(tape, decoder, parts, Mode.EVALUATION).value().toDoubles();
            assertEquals(
                Arrays.stream(each).sum(),
                Likelihoods.sequences(tape, decoder, whole, Mode.EVALUATION).value().item(),
                1e-10);
          }
        });
  }

  private static int count(boolean[] mask) {
    return (int) IntStream.range(0, mask.length).filter(t -> mask[t]).count();
  }

  @Test
  void turnsAlternateAndTheAssistantIsLast() {
    Turn user = Turn.user("a");
    Turn assistant = Turn.assistant("b");
    for (List<Turn> wrong :
        List.of(
            List.<Turn>of(),
            List.of(user),
            List.of(assistant),
            List.of(user, user, assistant, assistant),
            List.of(assistant, user),
            List.of(Turn.system("s")),
            List.of(user, assistant, Turn.system("s"), assistant))) {
      assertThrows(IllegalArgumentException.class, () -> new Conversation(wrong));
    }
  }
}
