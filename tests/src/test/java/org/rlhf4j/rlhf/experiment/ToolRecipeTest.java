package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

class ToolRecipeTest {
  /** The call and the end are the model's to learn, what the calculator says is not. */
  @Test
  void aDemonstrationMasksTheCalculator() {
    ByteTokenizer tokenizer = new ByteTokenizer();
    Dialogue dialogue = ToolRecipe.called(new Problem("12*7", "84"), Template.plain(tokenizer));
    int[] completion = dialogue.completion();
    assertEquals(
        "<calc>12*7</calc>=84", tokenizer.decode(Arrays.copyOf(completion, completion.length - 1)));
    assertEquals(tokenizer.end(), completion[completion.length - 1]);
    boolean[] learned = new boolean[completion.length];
    Arrays.fill(learned, true);
    Arrays.fill(learned, "<calc>12*7</calc>".length(), completion.length - 1, false);
    assertArrayEquals(learned, dialogue.learned());
    assertTrue(learned[completion.length - 1]);
  }
}
