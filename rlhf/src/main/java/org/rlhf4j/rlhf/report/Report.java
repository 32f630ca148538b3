package org.rlhf4j.rlhf.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    String body =
        """
        <h1>rlhf4j: from raw text to a preference-tuned policy</h1>
        <p>Seed %d. The reward model orders %.1f %% of unseen pairs as their (noisy) labels do.</p>
        %s<h2>Answers to held-out prompts</h2>%s<h2>Curves</h2>%s<h2>Config</h2><pre>%s</pre>
        """
            .formatted(
                config.seed(),
                100 * rewardAccuracy,
                table(scores),
                samples(scores, prompts),
                curves(entries),
                Html.escape(new YAMLMapper().writeValueAsString(config)));
    Page.write(file, "rlhf4j run", body);
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
      String plots = Curve.ofStage(stage.getKey(), List.of(entries));
      if (!plots.isEmpty()) {
        html.append("<h3>%s</h3>%n%s".formatted(Html.escape(stage.getValue()), plots));
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
