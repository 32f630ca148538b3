package org.rlhf4j.rlhf.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.evaluate.ConfidenceInterval;
import org.rlhf4j.rlhf.recipe.DemoConfig;
import org.rlhf4j.rlhf.recipe.PolicyScore;
import org.rlhf4j.rlhf.train.Journal;
import org.xml.sax.InputSource;

class ReportTest {
  private static final List<String> STAGES = List.of("base", "sft", "reward", "ppo", "dpo");

  @TempDir private Path folder = Path.of("");

  private String page() throws IOException {
    List<Journal.Entry> entries = new ArrayList<>();
    for (String stage : STAGES) {
      for (int step = 0; step < 3; step++) {
        entries.add(
            new Journal.Entry(
                stage, step, Map.of(stage + "_loss", 1.0 / (step + 1), "broken", Double.NaN)));
      }
    }
    ConfidenceInterval interval = new ConfidenceInterval(0.25, 0.75);
    PolicyScore score =
        new PolicyScore(
            "ppo", 4.5, interval, 1.25, 5.5, 40, 0.9, 0.5, interval, List.of("</td><script>x()"));
    Path file = folder.resolve("report.html");
    Report.write(
        file, DemoConfig.quick(1), entries, 0.875, List.of(score), List.of("Tell me <b>more</b>"));
    return Files.readString(file);
  }

  @Test
  void holdsEveryCurveOfEveryStage() throws IOException {
    String page = page();
    for (String stage : STAGES) {
      assertTrue(page.contains("aria-label=\"" + stage + "_loss\""), stage);
    }
    assertEquals(10, page.split("<polyline", -1).length - 1);
  }

  @Test
  void drawsWithWellFormedSvg() throws Exception {
    var svgs = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(page());
    int count = 0;
    while (svgs.find()) {
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(svgs.group())));
      count++;
    }
    assertEquals(10, count);
  }

  @Test
  void holdsTheTableTheSamplesAndTheConfig() throws IOException {
    String page = page();
    for (String expected :
        List.of("4.50", "[0.25, 0.75]", "87.5 %", "5.50", "90 %", "klCoefficient: 0.05")) {
      assertTrue(page.contains(expected), expected);
    }
  }

  @Test
  void needsNoNetwork() throws IOException {
    assertFalse(
        Pattern.compile("https?:|src=|href=|url\\(|@import|<script", Pattern.CASE_INSENSITIVE)
            .matcher(page())
            .find());
  }

  @Test
  void textIsEscaped() throws IOException {
    String page = page();
    assertTrue(page.contains("&lt;/td&gt;&lt;script&gt;x()"));
    assertTrue(page.contains("Tell me &lt;b&gt;more&lt;/b&gt;"));
  }

  @Test
  void leavesNothingHalfWritten() throws IOException {
    page();
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }
}
