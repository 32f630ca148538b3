package org.rlhf4j.rlhf.verify;

import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The number that a text gives as its answer:
 *
 * <ol>
 *   <li>the last number in the last {@code \boxed{..}}; without a box,
 *   <li>the first number after the last {@code answer:}, {@code answer is} or {@code ####} (GSM8K's
 *       mark), on the same line or, if nothing follows there, on the next; without a mark,
 *   <li>the last number of the text.
 * </ol>
 *
 * <p>Numbers are integers, decimals with a point, and fractions {@code 3/4} and {@code
 * \frac{3}{4}}, signed, with or without commas between groups of three digits. A percent or
 * currency sign is not part of a number: {@code 50%} reads 50. A minus sign after a digit or a
 * bracket subtracts rather than signs: the last number of {@code 7-2} is 2. There are no exponents.
 */
public final class NumericAnswer {
  private static final String UNSIGNED = "(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+";
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?<sign>(?<![\\w.)])[-+])?[$€£]?"
              + ("(?:\\\\[dt]?frac\\{(?<top>-?(?:%1$s))\\}\\{(?<bottom>-?(?:%1$s))\\}"
                      + "|(?<![\\d.])(?<whole>%1$s)(?:\\s?/\\s?(?<divisor>%1$s))?)")
                  .formatted(UNSIGNED));
  private static final Pattern MARK =
      Pattern.compile("answer\\s*(?:is\\b|:|=)\\s*:?|####", Pattern.CASE_INSENSITIVE);
  private static final String BOXED = "\\boxed{";

  private NumericAnswer() {}

  /** {@return the answer's value; empty if there is none, or it divides by 0} */
  public static Optional<Rational> in(String answer) {
    String text = answer.replace('\u2212', '-');
    int box = text.lastIndexOf(BOXED);
    if (box >= 0) {
      return numbers(upToClosingBrace(text.substring(box + BOXED.length())))
          .reduce((_, last) -> last)
          .flatMap(NumericAnswer::value);
    }
    return MARK.matcher(text)
        .results()
        .reduce((_, last) -> last)
        .map(mark -> numbers(lineAfter(text, mark.end())).findFirst())
        .orElseGet(() -> numbers(text).reduce((_, last) -> last))
        .flatMap(NumericAnswer::value);
  }

  private static Stream<MatchResult> numbers(String text) {
    return NUMBER.matcher(text).results();
  }

  private static String lineAfter(String text, int from) {
    return text.substring(from).strip().lines().findFirst().orElse("");
  }

  private static String upToClosingBrace(String text) {
    int open = 1;
    for (int i = 0; i < text.length(); i++) {
      open += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
      if (open == 0) {
        return text.substring(0, i);
      }
    }
    return ""; // a box that was never closed holds no answer yet
  }

  private static Optional<Rational> value(MatchResult number) {
    boolean fraction = number.group("top") != null;
    Rational top = rational(number.group(fraction ? "top" : "whole"));
    String below = number.group(fraction ? "bottom" : "divisor");
    Rational bottom = rational(below == null ? "1" : below);
    if (bottom.numerator().signum() == 0) {
      return Optional.empty();
    }
    Rational size = top.over(bottom);
    String sign = number.group("sign");
    boolean negative = sign != null && sign.startsWith("-");
    return Optional.of(negative ? size.times(Rational.of("-1")) : size);
  }

  private static Rational rational(String digits) {
    return Rational.of(digits.replace(",", ""));
  }
}
