package org.rlhf4j.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rlhf4j.nn.WholeFile;

/**
 * A page of text with a place for what was measured.
 *
 * @param before up to and with the mark where the place begins
 * @param after from the mark where it ends
 */
record Page(Path file, String before, String after) {
  private static final String BEGIN = "<!-- bench cpu: written by the command above -->\n";
  private static final String END = "<!-- bench cpu: end -->";

  /**
   * {@return the page in a file}
   *
   * @throws IllegalArgumentException if it lacks a mark
   */
  static Page read(Path file) {
    String text = new String(WholeFile.read(file), StandardCharsets.UTF_8);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (begin < BEGIN.length() || end < begin) {
      throw new IllegalArgumentException(
          "%s has no place for tables: it needs the lines %s and %s"
              .formatted(file, BEGIN.strip(), END));
    }
    return new Page(file, text.substring(0, begin), text.substring(end));
  }

  /** Writes the page with these tables in their place. */
  void write(String tables) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(before + "\n" + tables + "\n" + after);
    WholeFile.write(file, channel -> WholeFile.write(channel, bytes));
  }
}
