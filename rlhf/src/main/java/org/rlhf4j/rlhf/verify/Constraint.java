package org.rlhf4j.rlhf.verify;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** An instruction that a program can check, in the manner of IFEval (arXiv 2311.07911). */
@FunctionalInterface
public interface Constraint {
  /** {@return whether a text keeps it} */
  boolean isKept(String text);

  /** {@return 1 if the completion keeps it and 0 if not, whatever the problem} */
  default VerifiableReward reward() {
    return (_, completion) -> isKept(completion) ? 1 : 0;
  }

  /** {@return as reward the share of the constraints that a completion keeps} */
  static VerifiableReward share(List<Constraint> constraints) {
    List<Constraint> all = requireSome(constraints);
    return (_, completion) ->
        all.stream().mapToInt(c -> c.isKept(completion) ? 1 : 0).average().orElseThrow();
  }

  /** {@return all of the constraints at once} */
  static Constraint all(List<Constraint> constraints) {
    List<Constraint> all = requireSome(constraints);
    return text -> all.stream().allMatch(constraint -> constraint.isKept(text));
  }

  private static List<Constraint> requireSome(List<Constraint> constraints) {
    if (constraints.isEmpty()) {
      throw new IllegalArgumentException("at least one constraint is needed");
    }
    return List.copyOf(constraints);
  }

  /** {@return the text has this word, in any case, at least so often} */
  static Constraint contains(String word, int times) {
    Pattern whole = wholeWord(word);
    return text -> whole.matcher(text).results().count() >= times;
  }

  /** {@return the text has none of these words, in any case} */
  static Constraint lacks(String... words) {
    List<Pattern> whole = List.of(words).stream().map(Constraint::wholeWord).toList();
    return text -> whole.stream().noneMatch(word -> word.matcher(text).find());
  }

  private static Pattern wholeWord(String word) {
    return Pattern.compile(
        "(?<!\\w)" + Pattern.quote(word) + "(?!\\w)",
        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);
  }

  /** {@return the text has least..most words, which white space separates} */
  static Constraint words(int least, int most) {
    return text -> isWithin(count("\\S+", text), least, most);
  }

  /** {@return the text has least..most sentences, ended by . ! ? or the end of the text} */
  static Constraint sentences(int least, int most) {
    return text -> isWithin(sentenceCount(text), least, most);
  }

  private static long sentenceCount(String text) {
    return Pattern.compile("[.!?]+(?:\\s+|$)")
        .splitAsStream(text)
        .filter(sentence -> !sentence.isBlank())
        .count();
  }

  /** {@return exactly so many lines begin with {@code -} or {@code *} and a space} */
  static Constraint bulletPoints(int count) {
    return text -> count("(?m)^[ \\t]*[-*] +\\S", text) == count;
  }

  private static long count(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  private static boolean isWithin(long count, int least, int most) {
    return least <= count && count <= most;
  }

  /** {@return there are letters, and none is a capital} */
  static Constraint lowerCase() {
    return text -> hasLetters(text) && text.equals(text.toLowerCase(Locale.ROOT));
  }

  /** {@return there are letters, and all are capitals} */
  static Constraint upperCase() {
    return text -> hasLetters(text) && text.equals(text.toUpperCase(Locale.ROOT));
  }

  private static boolean hasLetters(String text) {
    return text.codePoints().anyMatch(Character::isLetter);
  }

  /** {@return the text begins so, white space in front aside} */
  static Constraint startsWith(String start) {
    return text -> text.stripLeading().startsWith(start);
  }

  /** {@return the text ends so, white space behind aside} */
  static Constraint endsWith(String end) {
    return text -> text.stripTrailing().endsWith(end);
  }

  /** {@return the text has no comma} */
  static Constraint noCommas() {
    return text -> text.indexOf(',') < 0;
  }

  /** {@return the whole text is one value in JSON} */
  static Constraint json() {
    return text -> {
      try {
        return !JsonMapper.shared()
            .readTree(text)
            .isMissingNode(); // missing: nothing but white space
      } catch (JacksonException e) {
        return false; // this is what was asked
      }
    };
  }
}
