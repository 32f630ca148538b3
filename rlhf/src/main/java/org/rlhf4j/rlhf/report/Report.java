package org.rlhf4j.rlhf.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.rlhf4j.rlhf.recipe.DemoConfig;
import org.rlhf4j.rlhf.recipe.PolicyScore;
import org.rlhf4j.rlhf.train.Journal;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** One self-contained page: the table, the curves of every stage, the answers side by side. */
public final class Report {
  private static final Map<String, String> STAGES = new LinkedHashMap<>();

  static {
    STAGES.put("base", "1. Pretraining");
    STAGES.put("sft", "2. Instruction tuning");
    STAGES.put("reward", "4. Reward model");
    STAGES.put("ppo", "5a. PPO");
    STAGES.put("dpo", "5b. DPO");
  }

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1b1f24; --faint: #6b7280; --line: #2563eb;
        --paper: #fff; --card: #f6f7f9; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --faint: #9aa2ad;
        --line: #7aa2ff; --paper: #15181c; --card: #1e2227; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid var(--card);
        vertical-align: top; }
      th:first-child, td:first-child, .samples td, .samples th { text-align: left; }
      .curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr));
        gap: .8rem; }
      svg { background: var(--card); border-radius: 6px; }
      .title { font-size: 12px; fill: var(--ink); } .tick { font-size: 10px; fill: var(--faint); }
      .end { text-anchor: end; } .axis { stroke: var(--faint); fill: none; }
      polyline { stroke: var(--line); stroke-width: 1.5; fill: none; }
      .samples td { font-size: 13px; } pre { background: var(--card); padding: 1rem;
        border-radius: 6px; overflow: auto; } p, .note { color: var(--faint); }
      """;

  private Report() {}

  /**
   * Writes the page whole, then moves it into place.
   *
   * @param rewardAccuracy of the reward model on pairs that it has not seen
   * @param prompts of the samples, in their order
   */
  public static void write(
      Path file,
      DemoConfig config,
      List<Journal.Entry> entries,
      double rewardAccuracy,
      List<PolicyScore> scores,
      List<String> prompts) {
    String page =
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>rlhf4j run</title><style>%s</style></head><body>
        <h1>rlhf4j: from raw text to a preference-tuned policy</h1>
        <p>Seed %d. The reward model orders %.1f %% of unseen pairs as their (noisy) labels do.</p>
        %s<h2>Curves</h2>%s<h2>Answers to held-out prompts</h2>%s<h2>Config</h2><pre>%s</pre>
        </body></html>
        """
            .formatted(
                STYLE,
                config.seed(),
                100 * rewardAccuracy,
                table(scores),
                curves(entries),
                samples(scores, prompts),
                Html.escape(new YAMLMapper().writeValueAsString(config)));
    try {
      Path partial = file.resolveSibling(file.getFileName() + ".partial");
      Files.writeString(partial, page);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static String table(List<PolicyScore> scores) {
    StringBuilder rows = new StringBuilder();
    for (PolicyScore score : scores) {
      rows.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s</td><td>%.2f</td><td>[%.2f, %.2f]</td><td>%.2f</td><td>%.2f</td>"
                  + "<td>%.1f</td><td>%.0f %%</td><td>%.0f %% [%.0f, %.0f]</td></tr>%n",
              Html.escape(score.name()),
              score.gold(),
              score.goldGain().low(),
              score.goldGain().high(),
              score.proxy(),
              score.kl(),
              score.length(),
              100 * score.finished(),
              100 * score.winRate(),
              100 * score.winRateInterval().low(),
              100 * score.winRateInterval().high()));
    }
    return """
    <table><tr><th>policy</th><th>gold reward</th><th>gain over sft, 95 %% interval</th>
    <th>proxy reward</th><th>KL to sft, nats</th><th>tokens</th><th>finished</th>
    <th>win rate against sft</th></tr>
    %s</table>
    <p>Gold is the reward that labelled the pairs, proxy the learned one. Gains and win rates
    compare with a second sample of sft on the same prompts, so sft against itself shows the
    noise.</p>
    """
        .formatted(rows);
  }

  private static String curves(List<Journal.Entry> entries) {
    StringBuilder html = new StringBuilder();
    for (Map.Entry<String, String> stage : STAGES.entrySet()) {
      Map<String, List<Double>> series = new TreeMap<>();
      for (Journal.Entry entry : entries) {
        if (entry.stage().equals(stage.getKey())) {
          entry
              .metrics()
              .forEach(
                  (name, value) -> series.computeIfAbsent(name, _ -> new ArrayList<>()).add(value));
        }
      }
      if (!series.isEmpty()) {
        html.append("<h3>%s</h3><div class=\"curves\">%n".formatted(Html.escape(stage.getValue())));
        series.forEach((name, values) -> html.append(new Curve(name, values).svg()));
        html.append("</div>\n");
      }
    }
    return html.toString();
  }

  private static String samples(List<PolicyScore> scores, List<String> prompts) {
    StringBuilder html = new StringBuilder("<table class=\"samples\"><tr><th>prompt</th>");
    scores.forEach(score -> html.append("<th>").append(Html.escape(score.name())).append("</th>"));
    html.append("</tr>\n");
    int shown = scores.stream().mapToInt(score -> score.samples().size()).min().orElse(0);
    for (int i = 0; i < shown; i++) {
      html.append("<tr><td>").append(Html.escape(prompts.get(i))).append("</td>");
      for (PolicyScore score : scores) {
        html.append("<td>").append(Html.escape(score.samples().get(i))).append("</td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</table>\n").toString();
  }
}
