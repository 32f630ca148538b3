package org.rlhf4j.rlhf.tool;

import org.rlhf4j.rlhf.verify.Rational;

/**
 * Exact arithmetic: {@code <calc>12*7</calc>} is followed by {@code =84}. Knows + - * / and
 * brackets; a result that is no integer is a fraction in lowest terms; what it cannot compute is
 * {@code =error}.
 */
public record Calculator() implements Tool {
  private static final int LONGEST = 100; // also bounds how deep brackets go
  private static final String ERROR = "=error";

  @Override
  public String name() {
    return "calc";
  }

  @Override
  public String call(String input) {
    if (input.length() > LONGEST) {
      return ERROR;
    }
    try {
      return "=" + new Parser(input).result();
    } catch (ArithmeticException | NumberFormatException e) {
      return ERROR; // the model reads it and can do better
    }
  }

  /** Reads from left to right: a sum of products of factors. */
  private static final class Parser {
    private final String text;
    private int next;

    Parser(String input) {
      this.text = input.replace(" ", "");
    }

    Rational result() {
      Rational value = sum();
      if (next < text.length()) {
        throw new NumberFormatException("unexpected " + text.charAt(next));
      }
      return value;
    }

    private Rational sum() {
      Rational value = product();
      while (true) {
        if (take('+')) {
          value = value.plus(product());
        } else if (take('-')) {
          value = value.minus(product());
        } else {
          return value;
        }
      }
    }

    private Rational product() {
      Rational value = factor();
      while (true) {
        if (take('*')) {
          value = value.times(factor());
        } else if (take('/')) {
          value = value.over(factor());
        } else {
          return value;
        }
      }
    }

    private Rational factor() {
      if (take('-')) {
        return Rational.of("-1").times(factor());
      }
      if (take('(')) {
        Rational value = sum();
        if (!take(')')) {
          throw new NumberFormatException("a bracket was not closed");
        }
        return value;
      }
      int from = next;
      while (next < text.length() && "0123456789.".indexOf(text.charAt(next)) >= 0) {
        next++;
      }
      return Rational.of(text.substring(from, next));
    }

    private boolean take(char sign) {
      boolean found = next < text.length() && text.charAt(next) == sign;
      next += found ? 1 : 0;
      return found;
    }
  }
}
