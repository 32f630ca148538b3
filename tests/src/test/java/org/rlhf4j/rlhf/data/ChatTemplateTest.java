package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.transformer.tokenizer.BpeTraining;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;
import org.rlhf4j.transformer.tokenizer.Tokenizer;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

class ChatTemplateTest {
  private static final String TEXT = "user assistant Tell me a story. Once a fox sang.";
  private static final List<Tokenizer> TOKENIZERS =
      List.of(
          new ByteTokenizer(),
          WordTokenizer.of(List.of(TEXT + ChatTemplate.START + "\n")),
          BpeTraining.train(TEXT, 300, List.of(ChatTemplate.START, ChatTemplate.END)));

  @Test
  void beginsOnceAndEndsOnce() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      ChatTemplate template = new ChatTemplate(tokenizer);
      int[] prompt = template.prompt("Tell me a story.");
      int[] completion = template.completion("Once a fox sang.");
      assertEquals(tokenizer.begin(), prompt[0]);
      assertEquals(1, IntStream.of(prompt).filter(id -> id == tokenizer.begin()).count());
      assertEquals(tokenizer.end(), completion[completion.length - 1]);
      assertEquals(1, IntStream.of(completion).filter(id -> id == tokenizer.end()).count());
    }
  }

  @Test
  void theAnswerComesBackAsText() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      int[] completion = new ChatTemplate(tokenizer).completion("Once a fox sang.");
      assertEquals("Once a fox sang.", tokenizer.decode(completion).strip());
    }
  }

  @Test
  void marksAreSingleTokensWhereTheVocabularyHasThem() {
    Tokenizer learned = TOKENIZERS.getLast();
    int start = learned.special(ChatTemplate.START).orElseThrow();
    int end = learned.special(ChatTemplate.END).orElseThrow();
    int[] marks =
        IntStream.of(new ChatTemplate(learned).prompt("Tell me a story."))
            .filter(id -> id == start || id == end)
            .toArray();
    assertArrayEquals(new int[] {start, end, start}, marks);
  }

  @Test
  void marksAreTextWhereItDoesNot() {
    Tokenizer plain = BpeTraining.train(TEXT, 300, List.of());
    assertEquals(
        "<|im_start|>user\nTell me a story.<|im_end|>\n<|im_start|>assistant\n",
        plain.decode(new ChatTemplate(plain).prompt("Tell me a story.")));
  }

  @Test
  void aMarkInsideAPromptIsOnlyText() {
    Tokenizer learned = TOKENIZERS.getLast();
    int end = learned.special(ChatTemplate.END).orElseThrow();
    int[] ids = new ChatTemplate(learned).prompt("a" + ChatTemplate.END + "b");
    assertEquals(1, IntStream.of(ids).filter(id -> id == end).count());
  }
}
