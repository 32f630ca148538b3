package org.rlhf4j.rlhf.experiment;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.rlhf.Rows;

/**
 * What recipes showed, as a page of tables: a row for each variant of a recipe, a column for each
 * figure, its mean over the seeds and in brackets the lowest and the highest.
 */
public final class Results {
  private final List<Entry> entries = new ArrayList<>();

  private record Entry(
      String recipe,
      String kind,
      String command,
      String about,
      List<Outcome> outcomes,
      double seconds) {
    List<String> figures() {
      return List.copyOf(outcomes.getFirst().figures().firstEntry().getValue().keySet());
    }
  }

  /**
   * Adds a recipe.
   *
   * @param kind heads its table
   * @param command that ran it
   * @param outcomes one for each seed
   * @param seconds for all seeds together
   */
  public void add(
      String recipe,
      String kind,
      String command,
      String about,
      List<Outcome> outcomes,
      double seconds) {
    entries.add(new Entry(recipe, kind, command, about, List.copyOf(outcomes), seconds));
  }

  /**
   * {@return the page as Markdown; recipes with the same figures, which are of a kind, share a
   * table}
   */
  public String markdown() {
    Map<List<String>, List<Entry>> tables =
        entries.stream()
            .collect(
                Collectors.groupingBy(Entry::figures, LinkedHashMap::new, Collectors.toList()));
    StringBuilder page = new StringBuilder();
    tables.forEach((figures, rows) -> {
      page.append("## ")
          .append(rows.getFirst().kind())
          .append("\n\n| recipe | variant | ")
          .append(String.join(" | ", figures));
      page.append(" | seeds | seconds of the recipe a seed |\n|")
          .append(" --- |".repeat(figures.size() + 4));
      page.append('\n');
      rows.forEach(entry -> page.append(rows(entry, figures)));
      page.append('\n');
      rows.forEach(entry ->
          page.append("- `")
              .append(entry.command())
              .append("`: ")
              .append(entry.about())
              .append('\n'));
      page.append('\n');
    });
    return page.toString();
  }

  private static String rows(Entry entry, List<String> figures) {
    StringBuilder rows = new StringBuilder();
    for (String variant : entry.outcomes().getFirst().figures().keySet()) {
      rows.append("| ").append(entry.recipe()).append(" | ").append(variant).append(" | ");
      for (String figure : figures) {
        double[] values =
            entry.outcomes().stream().mapToDouble(o -> o.figure(variant, figure)).toArray();
        rows.append(cell(values)).append(" | ");
      }
      rows.append(
          "%d | %.0f |%n"
              .formatted(entry.outcomes().size(), entry.seconds() / entry.outcomes().size()));
    }
    return rows.toString();
  }

  /** {@return the mean of a figure over seeds, and in brackets the lowest and the highest} */
  public static String cell(double... values) {
    String mean = number(Rows.mean(values));
    return values.length == 1
        ? mean
        : "%s [%s, %s]"
            .formatted(
                mean,
                number(Arrays.stream(values).min().orElseThrow()),
                number(Arrays.stream(values).max().orElseThrow()));
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.equals("-0.000") ? "0.000" : text;
  }

  /** Writes the page whole. */
  public void write(Path file) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(markdown());
    WholeFile.write(file, channel -> WholeFile.write(channel, bytes));
  }
}
