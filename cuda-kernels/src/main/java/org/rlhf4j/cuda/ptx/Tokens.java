package org.rlhf4j.cuda.ptx;

import java.util.List;
import org.rlhf4j.cuda.ptx.Lexer.Kind;
import org.rlhf4j.cuda.ptx.Lexer.Token;

/** The tokens of a file, read from first to last: what every rule of the grammar is made of. */
final class Tokens {
  private final String file;
  private final List<Token> tokens;
  private int at;

  Tokens(String file, String text) {
    this.file = file;
    this.tokens = Lexer.tokens(file, text);
  }

  /** {@return the line of the token that was passed last} */
  int line() {
    return tokens.get(Math.max(0, at - 1)).line();
  }

  /** Whether that stands behind what comes next. */
  boolean isFollowedBy(String expected) {
    return tokens.get(at + 1).is(expected);
  }

  /** What compilers add for debuggers lasts to the end of its line. */
  void skipLine(Token directive) {
    while (peek().kind() != Kind.END && peek().line() == directive.line()) {
      next();
    }
  }

  /** Whether that comes next; it is then passed. */
  boolean accept(String expected) {
    if (peek().is(expected)) {
      at++;
      return true;
    }
    return false;
  }

  void expect(String expected) {
    if (!accept(expected)) {
      throw error("expected '" + expected + "', found '" + peek().text() + "'");
    }
  }

  Token peek() {
    return tokens.get(at);
  }

  Token next() {
    Token token = tokens.get(at);
    if (token.kind() == Kind.END) {
      throw error("the file ends too early");
    }
    at++;
    return token;
  }

  /** {@return the name that comes next; {@code meaning} says what was expected} */
  String word(String meaning) {
    if (peek().kind() != Kind.WORD) {
      throw error("expected " + meaning + ", found '" + peek().text() + "'");
    }
    return next().text();
  }

  /** {@return the whole number that comes next} */
  int number() {
    if (literal(next()) instanceof Operand.Whole whole) {
      return (int) whole.value();
    }
    throw error("expected a whole number");
  }

  /** {@return the type that comes next, such as {@code .f32}} */
  Type type() {
    String text = next().text();
    if (!text.startsWith(".") || !Type.isType(text.substring(1))) {
      throw error("'" + text + "' is not a type");
    }
    return Type.of(text.substring(1));
  }

  /** {@return the value of a number, or the bits of a float} */
  Operand literal(Token token) {
    String digits = token.text();
    if (token.kind() != Kind.NUMBER) {
      throw error("expected a number, found '" + digits + "'");
    }
    if (digits.matches("0[fF].{8}")) {
      return new Operand.Bits32((int) Long.parseLong(digits.substring(2), 16));
    }
    if (digits.matches("0[dD].{16}")) {
      long bits = Long.parseUnsignedLong(digits.substring(2), 16);
      return new Operand.Real(Double.longBitsToDouble(bits));
    }
    if (digits.matches("0[xX].*")) {
      return new Operand.Whole(Long.parseUnsignedLong(digits.substring(2).replace("U", ""), 16));
    }
    if (digits.matches("0[bB].*")) {
      return new Operand.Whole(Long.parseUnsignedLong(digits.substring(2).replace("U", ""), 2));
    }
    if (digits.matches("\\d+U?")) {
      return new Operand.Whole(Long.parseUnsignedLong(digits.replace("U", "")));
    }
    return new Operand.Real(Double.parseDouble(digits));
  }

  /** An error at the token that was passed last. */
  PtxSyntaxException error(String what) {
    return new PtxSyntaxException(file, line(), what);
  }
}
