package org.rlhf4j.rlhf.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerRewardTest {
  private static Optional<Rational> value(long numerator, long denominator) {
    return Optional.of(
        new Rational(BigInteger.valueOf(numerator), BigInteger.valueOf(denominator)));
  }

  @Test
  void exactMatchLooksPastWhiteSpaceOnly() {
    Problem problem = new Problem("reverse ab", "ba");
    assertEquals(1, new ExactMatch().score(problem, " ba\n"));
    assertEquals(0, new ExactMatch().score(problem, "b a"));
    assertEquals(0, new ExactMatch().score(problem, "ba!"));
    assertEquals(0, new ExactMatch().score(problem, "BA"));
    assertEquals(0, new ExactMatch().score(problem, ""));
  }

  @ParameterizedTest
  @CsvSource({"dcba, 1", "' dcba', 1", "dcbb, 0.75", "dcb, 0.75", "dcbaa, 0.8", "abcd, 0", "'', 0"})
  void partialCreditIsTheShareOfRightPlaces(String completion, double share) {
    assertEquals(
        share, new CharacterMatch().score(new Problem("reverse abcd", "dcba"), completion));
    assertEquals(0, new CharacterMatch().score(new Problem("reverse ", ""), ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          7 plus 5 makes 12.                       | 12        | 1
          12 - 5 = -7                              | -7        | 1
          7-2                                      | 2         | 1
          (-3)                                     | -3        | 1
          temperature: −4                          | -4        | 1
          +8                                       | 8         | 1
          $1,234.50                                | 2469      | 2
          -$1,000                                  | -1000     | 1
          12,345,678                               | 12345678  | 1
          1,23                                     | 23        | 1
          1,2345                                   | 2345      | 1
          .5                                       | 1         | 2
          0.50                                     | 1         | 2
          3/6                                      | 1         | 2
          - 3 / 6 or -3/6                          | -1        | 2
          \\frac{3}{4}                             | 3         | 4
          -\\dfrac{1}{2}                           | -1        | 2
          \\frac{-1}{2}                            | -1        | 2
          so \\boxed{42}, not 43                   | 42        | 1
          \\boxed{1} then \\boxed{\\frac{2}{4}} 9  | 1         | 2
          \\boxed{x = 3} of 5                      | 3         | 1
          The answer is 12. I used 3 steps.        | 12        | 1
          Answer: 12                               | 12        | 1
          ANSWER = 1/3                             | 1         | 3
          the answer is: 8 apples                  | 8         | 1
          answer: 1; no, answer: 2                 | 2         | 1
          9 + 9 #### 18                            | 18        | 1
          answer \\boxed{5} answer: 6              | 5         | 1
          50%                                      | 50        | 1
          007                                      | 7         | 1
          """)
  void theValueOfAnAnswer(String text, long numerator, long denominator) {
    assertEquals(value(numerator, denominator), NumericAnswer.in(text.replace("\\\\", "\\")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no number",
        "5/0",
        "\\boxed{}",
        "\\boxed{7",
        "7, so the answer is:",
        "answer: none.\n7"
      })
  void noAnswer(String text) {
    assertEquals(Optional.empty(), NumericAnswer.in(text));
  }

  @Test
  void whatFollowsTheLineOfTheAnswerDoesNotCount() {
    assertEquals(value(4, 1), NumericAnswer.in("Answer:\n4\nChecked 2 times."));
  }

  @Test
  void numbersAreComparedByValue() {
    Problem half = new Problem("1/2 as a decimal", "0.5");
    NumericMatch match = new NumericMatch();
    assertEquals(1, match.score(half, "\\boxed{\\frac{2}{4}}"));
    assertEquals(1, match.score(half, "It is 0.500"));
    assertEquals(0, match.score(half, "0.50000000000000001"));
    assertEquals(0, match.score(half, "-0.5"));
    assertEquals(0, match.score(half, "one half"));
    assertThrows(
        IllegalArgumentException.class, () -> match.score(new Problem("name", "Ann"), "1"));
  }

  @Test
  void longNumbersAreExact() {
    String digits = "7".repeat(3_000);
    assertEquals(
        Optional.of(new Rational(new BigInteger(digits), BigInteger.ONE)),
        NumericAnswer.in("answer: " + digits));
    assertThrows(ArithmeticException.class, () -> new Rational(BigInteger.ONE, BigInteger.ZERO));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<think>a</think><answer>b</answer>",
        " <think>a\nb</think>\n\n<answer></answer>\n",
        "<think><b>1 < 2</b></think><answer>b</answer>"
      })
  void rightForm(String text) {
    assertEquals(1, new FormatTags().score(new Problem("", ""), text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<answer>b</answer>",
        "<think>a</think>",
        "<answer>b</answer><think>a</think>",
        "x<think>a</think><answer>b</answer>",
        "<think>a</think>x<answer>b</answer>",
        "<think>a</think><answer>b</answer>x",
        "<think>a</think><answer>b</answer><answer>c</answer>",
        "<think>a</think><think>a</think><answer>b</answer>",
        "<think><think>a</think><answer>b</answer>",
        "<think>a<answer>b</answer></think><answer>b</answer>",
        "<think>a</think><answer>b",
        "<think>a</think><answer>b</think></answer>",
        "<Think>a</Think><answer>b</answer>"
      })
  void wrongForm(String text) {
    assertEquals(0, new FormatTags().score(new Problem("", ""), text));
  }

  @Test
  void theAnswerWithinTheTags() {
    Problem problem = new Problem("3+4", "7");
    VerifiableReward reward = FormatTags.answerOnly(new ExactMatch());
    assertEquals(1, reward.score(problem, FormatTags.write("3 and 4", " 7 ")));
    assertEquals(0, reward.score(problem, FormatTags.write("7", "8")));
    assertEquals(0, reward.score(problem, "7"));
    assertEquals(Optional.of(""), FormatTags.answer(FormatTags.write("", "")));
    String longThought = "7 < 8 ".repeat(50_000); // no recursion per character
    assertEquals(Optional.of("7"), FormatTags.answer(FormatTags.write(longThought, "7")));
  }
}
