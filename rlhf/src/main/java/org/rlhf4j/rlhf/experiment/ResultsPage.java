package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Tables of {@link Results} on a page that has others: a run of some recipes leaves the rest. */
public final class ResultsPage {
  private static final Pattern ROW = Pattern.compile("\\| (\\w\\S*) \\| .*");
  private static final Pattern COMMAND = Pattern.compile("- `./rlhf4j run ([^ `]+).*");
  private static final String HEADER = "| recipe | variant |";

  private ResultsPage() {}

  /**
   * {@return the old tables with the new rows in place of those of the same recipes} New recipes
   * come last in the table of their figures, new tables last on the page. A table that had other
   * figures is replaced whole.
   */
  public static String merged(String old, String fresh) {
    Map<String, List<String>> tables = tables(old);
    tables(fresh).forEach((name, table) -> tables.merge(name, table, ResultsPage::mergedTable));
    return tables.values().stream()
        .map(table -> String.join("\n", table) + "\n\n")
        .collect(Collectors.joining());
  }

  /** {@return the lines of each table by its heading} */
  private static Map<String, List<String>> tables(String page) {
    Map<String, List<String>> tables = new LinkedHashMap<>();
    for (String table : page.split("(?m)^(?=## )")) {
      if (!table.isBlank()) {
        List<String> lines = table.strip().lines().toList();
        tables.put(lines.getFirst(), lines);
      }
    }
    return tables;
  }

  private static List<String> mergedTable(List<String> old, List<String> fresh) {
    if (!header(old).equals(header(fresh))) {
      return fresh;
    }
    int rows = fresh.indexOf(header(fresh)) + 2; // a line of dashes lies between
    List<String> merged = new ArrayList<>(fresh.subList(0, rows));
    merged.addAll(
        mergedLines(ROW, old.subList(rows, old.size()), fresh.subList(rows, fresh.size())));
    merged.add("");
    merged.addAll(mergedLines(COMMAND, old, fresh));
    return merged;
  }

  private static String header(List<String> table) {
    return table.stream().filter(line -> line.startsWith(HEADER)).findFirst().orElse("");
  }

  private static List<String> mergedLines(Pattern line, List<String> old, List<String> fresh) {
    Map<String, List<String>> byRecipe = byRecipe(line, old);
    byRecipe.putAll(byRecipe(line, fresh));
    return byRecipe.values().stream().flatMap(List::stream).toList();
  }

  private static Map<String, List<String>> byRecipe(Pattern line, List<String> table) {
    return table.stream()
        .map(line::matcher)
        .filter(Matcher::matches)
        .collect(
            Collectors.groupingBy(
                matcher -> matcher.group(1),
                LinkedHashMap::new,
                Collectors.mapping(Matcher::group, Collectors.toList())));
  }
}
