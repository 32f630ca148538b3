package org.rlhf4j.rlhf.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.verify.Arithmetic.Operation;
import org.rlhf4j.tensor.RandomKey;

class ProblemSetTest {
  private static final Letters ABC = new Letters("abc", 2, 5);

  private static List<Problem> draw(ProblemSource source, int count) {
    SplittableRandom random = new SplittableRandom(3);
    return Stream.generate(() -> source.draw(random)).limit(count).toList();
  }

  /** Solves a problem from its prompt alone, in another way than its source. */
  private static void assertSolvedBy(Function<String, String> solver, ProblemSource source) {
    for (Problem problem : draw(source, 500)) {
      assertEquals(solver.apply(problem.prompt()), problem.answer(), problem.prompt());
    }
  }

  @Test
  void arithmetic() {
    assertSolvedBy(ProblemSetTest::calculate, Arithmetic.upTo(99));
    Set<String> all =
        draw(new Arithmetic(List.of(Operation.SUBTRACT), 3, 4), 200).stream()
            .map(problem -> problem.prompt() + "=" + problem.answer())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of("3-3=0", "3-4=-1", "4-3=1", "4-4=0"), all);
  }

  private static String calculate(String prompt) {
    String[] operands = prompt.split("[-+*]");
    int a = Integer.parseInt(operands[0]);
    int b = Integer.parseInt(operands[1]);
    return switch (prompt.charAt(operands[0].length())) {
      case '+' -> String.valueOf(a + b);
      case '-' -> String.valueOf(a - b);
      case '*' -> String.valueOf(a * b);
      default -> throw new AssertionError(prompt);
    };
  }

  @Test
  void reversal() {
    assertSolvedBy(
        prompt ->
            Arrays.stream(prompt.split(" ")[1].split(""))
                .reduce("", (reversed, letter) -> letter + reversed),
        new Reversal(ABC));
  }

  @Test
  void sortingIsByValue() {
    assertSolvedBy(
        prompt ->
            Arrays.stream(prompt.substring(5).split(" "))
                .map(Integer::valueOf)
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(" ")),
        new Sorting(1, 6, 120));
  }

  @Test
  void counting() {
    assertSolvedBy(
        prompt -> {
          String[] words = prompt.split(" ");
          return String.valueOf(words[3].length() - words[3].replace(words[1], "").length());
        },
        new Counting(ABC));
  }

  @Test
  void lengthsAreInTheirRange() {
    Set<Integer> lengths =
        draw(new Reversal(ABC), 200).stream()
            .map(problem -> problem.answer().length())
            .collect(Collectors.toSet());
    assertEquals(Set.of(2, 3, 4, 5), lengths);
  }

  @Test
  void noProblemIsOnBothSides() {
    // 441 sums, about a fifth of which are held out
    ProblemSet sums =
        new ProblemSet(new Arithmetic(List.of(Operation.ADD), 0, 20), new RandomKey(5), 0.2);
    Set<Problem> training = new HashSet<>(sums.training(330));
    Set<Problem> heldOut = new HashSet<>(sums.heldOut(60));
    assertEquals(330, training.size());
    assertEquals(60, heldOut.size());
    assertTrue(training.stream().noneMatch(heldOut::contains));
    assertTrue(heldOut.stream().allMatch(sums::isHeldOut));
  }

  @Test
  void theHeldOutShareIsAsAsked() {
    ProblemSet set = new ProblemSet(Arithmetic.upTo(999), new RandomKey(5), 0.3);
    long heldOut = draw(set.source(), 4_000).stream().filter(set::isHeldOut).count();
    assertEquals(0.3, heldOut / 4_000.0, 4 * Math.sqrt(0.21 / 4_000));
  }

  @Test
  void aSeedGivesTheSameProblemsAndAShorterListIsABeginning() {
    ProblemSource source =
        ProblemSource.mixture(Arithmetic.upTo(99), new Reversal(ABC), new Sorting(2, 4, 9));
    ProblemSet set = new ProblemSet(source, new RandomKey(5), 0.2);
    assertEquals(set.training(100), set.training(100));
    assertEquals(set.training(100).subList(0, 40), set.training(40));
    assertNotEquals(set.training(10), new ProblemSet(source, new RandomKey(6), 0.2).training(10));
    assertEquals(3, set.training(100).stream().map(ProblemSetTest::kind).distinct().count());
    assertEquals(List.of(), set.heldOut(0));
  }

  private static String kind(Problem problem) {
    return problem.prompt().replaceAll("[ -].*|[+*\\d].*", "");
  }

  @Test
  void whatCannotBeIsRefused() {
    ProblemSet few = new ProblemSet(Arithmetic.upTo(1), new RandomKey(1), 0.5);
    String message =
        assertThrows(IllegalArgumentException.class, () -> few.training(13)).getMessage();
    assertTrue(message.startsWith("13 different training problems were asked for"), message);
    assertThrows(
        IllegalArgumentException.class,
        () -> new ProblemSet(Arithmetic.upTo(1), new RandomKey(1), 1));
    assertThrows(IllegalArgumentException.class, () -> Arithmetic.upTo(-1));
    assertThrows(IllegalArgumentException.class, () -> new Letters("", 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Letters("a", 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Sorting(2, 1, 9));
    assertThrows(IllegalArgumentException.class, ProblemSource::mixture);
  }
}
