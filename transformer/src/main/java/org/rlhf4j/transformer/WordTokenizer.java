package org.rlhf4j.transformer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Every word and every punctuation mark is a token: short sequences for a closed vocabulary. Words
 * are joined by one space, marks attach to the word before. Text of that form comes back exactly.
 */
public final class WordTokenizer implements Tokenizer {
  private static final Pattern PIECE = Pattern.compile("<\\|\\w+\\|>|[\\w']+|\\S|\\n");
  private static final Pattern ATTACHED = Pattern.compile("[^\\w<]|\\n");
  private static final String UNKNOWN = "<|unknown|>";

  private final List<String> pieces;
  private final Map<String, Integer> ids = new HashMap<>();

  /**
   * @param pieces ids in order; the first three are unknown, begin and end
   */
  public WordTokenizer(List<String> pieces) {
    this.pieces = List.copyOf(pieces);
    for (int i = 0; i < pieces.size(); i++) {
      ids.put(pieces.get(i), i);
    }
    if (ids.size() != pieces.size() || pieces.size() < 3) {
      throw new IllegalArgumentException(
          "a vocabulary needs distinct pieces, unknown, begin and end first; got " + pieces.size());
    }
  }

  /** {@return the tokenizer of all pieces that occur in these texts, sorted} */
  public static WordTokenizer of(Iterable<String> texts) {
    TreeSet<String> found = new TreeSet<>();
    for (String text : texts) {
      found.addAll(split(text));
    }
    List<String> pieces = new ArrayList<>(List.of(UNKNOWN, "<|begin|>", "<|im_end|>"));
    found.removeAll(pieces);
    pieces.addAll(found);
    return new WordTokenizer(pieces);
  }

  private static List<String> split(String text) {
    List<String> pieces = new ArrayList<>();
    Matcher matcher = PIECE.matcher(text);
    while (matcher.find()) {
      pieces.add(matcher.group());
    }
    return pieces;
  }

  /** Writes the pieces, one a line in order of ids; a line break is written as backslash n. */
  public void write(Path file) {
    try {
      Files.write(file, pieces.stream().map(piece -> piece.replace("\n", "\\n")).toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * {@return the tokenizer that {@link #write} wrote}
   *
   * @throws IllegalArgumentException if it is not such a file
   */
  public static WordTokenizer read(Path file) {
    List<String> pieces;
    try {
      pieces = Files.readAllLines(file).stream().map(line -> line.replace("\\n", "\n")).toList();
    } catch (MalformedInputException e) {
      throw new IllegalArgumentException(file + " is not a word tokenizer: it is not text", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    if (pieces.isEmpty() || !pieces.getFirst().equals(UNKNOWN)) {
      throw new IllegalArgumentException(
          file + " is not a word tokenizer: its first line must be " + UNKNOWN);
    }
    return new WordTokenizer(pieces);
  }

  @Override
  public int vocabularySize() {
    return pieces.size();
  }

  @Override
  public int begin() {
    return 1;
  }

  @Override
  public int end() {
    return 2;
  }

  @Override
  public int[] encode(String text) {
    return split(text).stream().mapToInt(piece -> ids.getOrDefault(piece, 0)).toArray();
  }

  @Override
  public byte[] bytes(int previous, int token) {
    String piece = pieces.get(token);
    if (isControl(token)) {
      return new byte[0];
    }
    boolean joined =
        isControl(previous)
            || pieces.get(previous).equals("\n")
            || ATTACHED.matcher(piece).matches();
    return (joined ? piece : " " + piece).getBytes(StandardCharsets.UTF_8);
  }

  private boolean isControl(int token) {
    return token > 0 && pieces.get(token).startsWith("<|");
  }
}
