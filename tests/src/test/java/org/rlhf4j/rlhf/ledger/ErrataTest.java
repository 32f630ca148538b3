package org.rlhf4j.rlhf.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ErrataTest {
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
  private static final Pattern LABEL = Pattern.compile("\\(`(\\w+)`\\)");

  @Test
  void everyErratumNamesATestThatExists() throws IOException {
    String page = Files.readString(Ledger.root().resolve("docs/errata.md"));
    Set<String> tests = Ledger.testMethods();
    Set<String> missing = new TreeSet<>();
    int rows = 0;
    for (String line : page.lines().filter(row -> row.matches("\\| \\d+ .*")).toList()) {
      rows++;
      assertTrue(TEST.matcher(line).find(), line);
      Matcher matcher = TEST.matcher(line);
      while (matcher.find()) {
        String name = matcher.group(1) + "." + matcher.group(2);
        if (!tests.contains(name)) {
          missing.add(name);
        }
      }
    }
    assertEquals(Set.of(), missing);
    assertTrue(rows >= 25, "errata found: " + rows);
  }

  @Test
  void labelsAreThoseOfTheBook() throws IOException {
    Set<String> labels =
        Ledger.read().equations().stream()
            .map(Ledger.BookEquation::label)
            .collect(Collectors.toSet());
    Matcher matcher = LABEL.matcher(Files.readString(Ledger.root().resolve("docs/errata.md")));
    while (matcher.find()) {
      assertTrue(labels.contains(matcher.group(1)), matcher.group(1));
    }
  }

  @Test
  void allTrapsAndRunnersUpHaveATest() {
    assertEquals(List.of(), withoutATest("trap", 15));
    assertEquals(List.of(), withoutATest("runnerUp", 8));
  }

  private static List<Integer> withoutATest(String name, int last) {
    return IntStream.rangeClosed(1, last)
        .filter(n ->
            Ledger.testMethods().stream()
                .noneMatch(test -> test.matches(".*\\." + name + n + "\\D.*")))
        .boxed()
        .toList();
  }
}
