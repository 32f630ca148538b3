package org.rlhf4j.rlhf.ledger;

import java.io.IOException;
import org.junit.jupiter.api.Test;
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
}
