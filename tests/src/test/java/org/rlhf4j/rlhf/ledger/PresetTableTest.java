package org.rlhf4j.rlhf.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.policy.PolicyGradient;

class PresetTableTest {
  @Test
  void thePageIsCurrent() throws IOException {
    StringBuilder page =
        new StringBuilder(
            """
            # Policy gradients, one table

            An algorithm is a choice in each column; see `PolicyGradient`. Written by `PresetTableTest` from
            `PolicyGradient.presets()`, which also holds the usual coefficients.

            | algorithm | source | advantage | ratio | surrogate | KL | aggregation |
            | --- | --- | --- | --- | --- | --- | --- |
            """);
    for (PolicyGradient preset : PolicyGradient.presets()) {
      page.append(
          "| %s | %s | `%s` | `%s` | `%s` | `%s` | `%s` |\n"
              .formatted(
                  preset.name(),
                  preset.source(),
                  preset.advantage(),
                  preset.loss().ratio(),
                  preset.loss().surrogate(),
                  preset.loss().kl(),
                  preset.loss().aggregation()));
    }
    Pages.assertCurrent("policy-gradients.md", page.toString());
  }

  @Test
  void theTableInTheJavadocIsCurrent() throws IOException {
    List<String> expected =
        PolicyGradient.presets().stream()
            .map(preset ->
                row(
                    preset.name(),
                    preset.advantage().getClass().getSimpleName(),
                    preset.loss().ratio().name(),
                    preset.loss().surrogate().getClass().getSimpleName().replace("Surrogate", ""),
                    preset.loss().kl().getClass().getSimpleName()
                        + (preset.loss().kl() instanceof KlInLoss inLoss
                            ? " " + inLoss.estimator()
                            : ""),
                    preset.loss().aggregation().getClass().getSimpleName()))
            .toList();
    Path source =
        Ledger.root().resolve("rlhf/src/main/java/org/rlhf4j/rlhf/policy/PolicyGradient.java");
    List<String> found =
        Files.readAllLines(source).stream().filter(line -> line.startsWith(" * <tr><td>")).toList();
    assertEquals(expected, found);
  }

  private static String row(String... cells) {
    return " * <tr><td>" + String.join("</td><td>", cells) + "</td></tr>";
  }
}
