package org.rlhf4j.rlhf.report;

import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.rlhf4j.rlhf.experiment.Outcome;
import org.rlhf4j.rlhf.experiment.Results;
import org.rlhf4j.rlhf.train.Journal;

/**
 * The page of a recipe: what it showed, as means and spread over the seeds, what made it, and the
 * curves of every stage with a line for each seed.
 *
 * @param recipe its name
 * @param command that makes the page again
 * @param about what the recipe shows, in a sentence
 * @param machine that it ran on
 * @param outcomes one for each seed
 * @param seconds of a seed
 * @param journals one for each seed
 */
public record RecipeReport(
    String recipe,
    String command,
    String about,
    String machine,
    List<Outcome> outcomes,
    double seconds,
    List<List<Journal.Entry>> journals) {

  /** {@return this machine, in words} */
  public static String machine(String device, int threads) {
    return "%s %s, %d processors, %d threads, Java %s, device %s"
        .formatted(
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors(),
            threads,
            Runtime.version().feature(),
            device);
  }

  /** Writes the page whole. */
  public void write(Path file) {
    String body =
        """
        <h1>%s</h1><p>%s</p>
        %s<p>Means over %d seeds; in brackets the lowest and the highest.</p>
        <pre>%s</pre>
        <p>%s. %.0f seconds a seed. Written %s.</p>
        <h2>Curves</h2><p>A line for each seed.</p>
        %s\
        """
            .formatted(
                Html.escape(recipe),
                Html.escape(about),
                table(),
                outcomes.size(),
                Html.escape(command),
                Html.escape(machine),
                seconds,
                ZonedDateTime.now(ZoneOffset.UTC)
                    .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)),
                curves());
    Page.write(file, "rlhf4j: " + recipe, body);
  }

  private String table() {
    Outcome first = outcomes.getFirst();
    Set<String> figures = first.figures().firstEntry().getValue().keySet();
    StringBuilder html = new StringBuilder("<table><tr><th>variant</th>");
    figures.forEach(name -> html.append("<th>").append(Html.escape(name)).append("</th>"));
    html.append("</tr>\n");
    for (String variant : first.figures().keySet()) {
      html.append("<tr><td>").append(Html.escape(variant)).append("</td>");
      for (String figure : figures) {
        double[] values = outcomes.stream().mapToDouble(o -> o.figure(variant, figure)).toArray();
        html.append("<td>").append(Results.cell(values)).append("</td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</table>\n").toString();
  }

  private String curves() {
    Set<String> stages = new LinkedHashSet<>();
    journals.forEach(journal -> journal.forEach(entry -> stages.add(entry.stage())));
    StringBuilder html = new StringBuilder();
    for (String stage : stages) {
      String plots = Curve.ofStage(stage, journals);
      if (!plots.isEmpty()) {
        html.append("<h3>").append(Html.escape(stage)).append("</h3>\n").append(plots);
      }
    }
    return html.toString();
  }
}
