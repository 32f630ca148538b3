package org.rlhf4j.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts PTX text into words, dotted words, numbers, strings and punctuation; comments vanish. */
final class Lexer {
  enum Kind {
    /** {@code ld}, {@code %r1}, {@code $label}. */
    WORD,
    /** {@code .global}, {@code .L1::evict_last}. */
    DOTTED,
    NUMBER,
    STRING,
    PUNCTUATION,
    END
  }

  /** One token; {@code start} and {@code end} are positions in the text. */
  record Token(Kind kind, String text, int line, int start, int end) {
    boolean is(String expected) {
      return text.equals(expected) && kind != Kind.STRING;
    }
  }

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<skip>\\s+|//[^\\n]*|/\\*.*?\\*/)"
              + "|(?<dotted>\\.[A-Za-z_][\\w$]*(?:::[\\w$]+)*)"
              + "|(?<number>0[fF][0-9a-fA-F]{8}\\b|0[dD][0-9a-fA-F]{16}\\b|0[xX][0-9a-fA-F]+U?"
              + "|0[bB][01]+U?|\\d+\\.\\d*(?:[eE][+-]?\\d+)?|\\d+[eE][+-]?\\d+|\\d+U?)"
              + "|(?<word>[A-Za-z_$%][\\w$]*)"
              + "|(?<string>\"[^\"\\n]*\")"
              + "|(?<punctuation>[{}\\[\\](),;:@!<>+\\-=|*])",
          Pattern.DOTALL);

  private Lexer() {}

  static List<Token> tokens(String file, String text) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int at = 0;
    int line = 1;
    while (at < text.length()) {
      matcher.region(at, text.length());
      if (!matcher.lookingAt()) {
        throw new PtxSyntaxException(file, line, "unexpected character '" + text.charAt(at) + "'");
      }
      if (matcher.group("skip") == null) {
        tokens.add(new Token(kind(matcher), matcher.group(), line, at, matcher.end()));
      }
      for (int i = at; i < matcher.end(); i++) {
        if (text.charAt(i) == '\n') {
          line++;
        }
      }
      at = matcher.end();
    }
    tokens.add(new Token(Kind.END, "end of file", line, at, at));
    return tokens;
  }

  private static Kind kind(Matcher matcher) {
    if (matcher.group("dotted") != null) {
      return Kind.DOTTED;
    }
    if (matcher.group("number") != null) {
      return Kind.NUMBER;
    }
    if (matcher.group("word") != null) {
      return Kind.WORD;
    }
    return matcher.group("string") != null ? Kind.STRING : Kind.PUNCTUATION;
  }
}
