package org.rlhf4j.rlhf.report;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rlhf4j.nn.WholeFile;

/**
 * A page of text with a place for what a command measures; what people wrote around the place
 * stays.
 *
 * @param before up to and with the mark where the place begins
 * @param tables what is there now
 * @param after from the mark where it ends
 */
public record MarkedPage(Path file, String before, String tables, String after) {
  /**
   * {@return the page in a file}
   *
   * @param command whose marks they are
   * @throws IllegalArgumentException if it lacks a mark
   */
  public static MarkedPage read(Path file, String command) {
    String beginMark = "<!-- %s: written by the command above -->\n".formatted(command);
    String endMark = "<!-- %s: end -->".formatted(command);
    String text = new String(WholeFile.read(file), StandardCharsets.UTF_8);
    int begin = text.indexOf(beginMark) + beginMark.length();
    int end = text.indexOf(endMark);
    if (begin < beginMark.length() || end < begin) {
      throw new IllegalArgumentException(
          "%s has no place for tables: it needs the lines %s and %s"
              .formatted(file, beginMark.strip(), endMark));
    }
    return new MarkedPage(
        file, text.substring(0, begin), text.substring(begin, end), text.substring(end));
  }

  /** Writes the page with these tables in their place. */
  public void write(String measured) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(before + "\n" + measured + "\n" + after);
    WholeFile.write(file, channel -> WholeFile.write(channel, bytes));
  }
}
