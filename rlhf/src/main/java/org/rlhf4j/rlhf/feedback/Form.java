package org.rlhf4j.rlhf.feedback;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with blanks such as {@code {prompt}}, all filled at once: what is filled in is never read
 * as a blank, whatever a model wrote.
 *
 * @param text the form
 */
public record Form(String text) {
  private static final Pattern BLANK = Pattern.compile("\\{(\\w+)\\}");

  /** {@return the names of the blanks} */
  public Set<String> blanks() {
    Set<String> blanks = new TreeSet<>();
    BLANK.matcher(text).results().forEach(blank -> blanks.add(blank.group(1)));
    return blanks;
  }

  /**
   * {@return the filled form}
   *
   * @throws IllegalArgumentException if blanks and values do not have the same names
   */
  public String fill(Map<String, String> values) {
    if (!blanks().equals(values.keySet())) {
      throw new IllegalArgumentException(
          "a form with the blanks %s cannot be filled with %s: %s"
              .formatted(blanks(), new TreeSet<>(values.keySet()), text));
    }
    return BLANK.matcher(text).replaceAll(blank -> value(blank, values));
  }

  private static String value(MatchResult blank, Map<String, String> values) {
    return Matcher.quoteReplacement(values.getOrDefault(blank.group(1), ""));
  }
}
