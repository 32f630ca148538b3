package org.rlhf4j.rlhf.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Any text as a task: a passage's beginning is the prompt, its next words are the completion. */
public final class Passages {
  private static final int PROMPT_WORDS = 6;
  private static final int COMPLETION_WORDS = 14;

  private Passages() {}

  /**
   * {@return the text of a file}
   *
   * @throws IllegalArgumentException if it is not UTF-8 or holds fewer characters than needed
   * @throws UncheckedIOException if it cannot be read
   */
  public static String read(Path file, int leastCharacters) {
    String text;
    try {
      text = Files.readString(file);
    } catch (MalformedInputException e) {
      throw new IllegalArgumentException(file + " is not UTF-8 text", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    if (text.length() < leastCharacters) {
      throw new IllegalArgumentException(
          "%s has %d characters; a corpus needs at least %d"
              .formatted(file, text.length(), leastCharacters));
    }
    return text;
  }

  /** {@return consecutive passages of the text, as many as it has} */
  public static List<Example> of(String text) {
    List<String> words = List.of(text.strip().split("\\s+"));
    List<Example> examples = new ArrayList<>();
    int length = PROMPT_WORDS + COMPLETION_WORDS;
    for (int from = 0; from + length <= words.size(); from += length) {
      List<String> passage = words.subList(from, from + length);
      examples.add(
          new Example(
              String.join(" ", passage.subList(0, PROMPT_WORDS)),
              String.join(" ", passage.subList(PROMPT_WORDS, length))));
    }
    if (examples.isEmpty()) {
      throw new IllegalArgumentException(
          "the corpus has %d words; one passage needs %d".formatted(words.size(), length));
    }
    return examples;
  }
}
