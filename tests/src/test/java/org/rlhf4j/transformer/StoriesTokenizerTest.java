package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe;
import org.rlhf4j.transformer.tokenizer.TokenizerFile;

/** The real tokenizer makes of each prompt the tokens that the reference program makes. */
class StoriesTokenizerTest {
  @Test
  void encodesAsTheReferenceProgramDoes() throws IOException {
    SentencePieceBpe tokenizer =
        TokenizerFile.read(SharedData.file("models/stories260K/tok512.bin"));
    for (StoriesReference story : StoriesReference.ALL) {
      int[] text = Arrays.copyOfRange(story.promptTokens(), 1, story.promptTokens().length);
      assertArrayEquals(text, tokenizer.encode(story.prompt()), story::toString);
      assertEquals(story.prompt(), tokenizer.decode(story.promptTokens()));
    }
  }
}
