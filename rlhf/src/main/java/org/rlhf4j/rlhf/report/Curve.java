package org.rlhf4j.rlhf.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.rlhf4j.rlhf.train.Journal;

/**
 * Curves as SVG: a title, two axis labels on each side, the lines. Drawn by hand, since that is
 * shorter than a plotting library's set-up and needs no image files.
 *
 * @param title what is drawn
 * @param lines one for each seed, over steps 0, 1, ...; what is not finite is left out
 */
record Curve(String title, List<List<Double>> lines) {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 150;
  private static final int LEFT = 46;
  private static final int BOTTOM = 22;
  private static final int TOP = 24;
  private static final int RIGHT = 10;

  /** {@return a curve of one line} */
  static Curve of(String title, List<Double> values) {
    return new Curve(title, List.of(values));
  }

  /**
   * {@return the curves of all metrics of a stage that have more than one step; empty without one}
   *
   * @param journals one for each seed
   */
  static String ofStage(String stage, List<List<Journal.Entry>> journals) {
    Map<String, List<List<Double>>> series = new TreeMap<>();
    for (int seed = 0; seed < journals.size(); seed++) {
      for (Journal.Entry entry : journals.get(seed)) {
        if (entry.stage().equals(stage)) {
          int line = seed;
          entry
              .metrics()
              .forEach((name, value) -> {
                List<List<Double>> lines = series.computeIfAbsent(name, _ -> new ArrayList<>());
                while (lines.size() <= line) {
                  lines.add(new ArrayList<>());
                }
                lines.get(line).add(value);
              });
        }
      }
    }
    StringBuilder html = new StringBuilder();
    series.forEach((name, lines) -> {
      if (lines.stream().anyMatch(line -> line.size() > 1)) {
        html.append(new Curve(name, lines).svg());
      }
    });
    return html.isEmpty() ? "" : "<div class=\"curves\">\n" + html + "</div>\n";
  }

  String svg() {
    List<Double> finite = lines.stream().flatMap(List::stream).filter(Double::isFinite).toList();
    double low = finite.stream().mapToDouble(v -> v).min().orElse(0);
    double high = finite.stream().mapToDouble(v -> v).max().orElse(1);
    double span = high - low < 1e-12 ? 1 : high - low;
    int last = lines.stream().mapToInt(List::size).max().orElse(0) - 1;
    StringBuilder polylines = new StringBuilder();
    for (List<Double> values : lines) {
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < values.size(); i++) {
        if (Double.isFinite(values.get(i))) {
          points.append(
              String.format(
                  Locale.ROOT,
                  "%.1f,%.1f ",
                  LEFT + (WIDTH - LEFT - RIGHT) * (i / (double) Math.max(1, last)),
                  HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * ((values.get(i) - low) / span)));
        }
      }
      polylines.append("<polyline points=\"%s\"/>\n".formatted(points.toString().strip()));
    }
    return """
    <svg viewBox="0 0 %d %d" role="img" aria-label="%s">
    <text x="%d" y="15" class="title">%s</text>
    <path class="axis" d="M%d %d V%d H%d"/>
    <text x="%d" y="%d" class="tick end">%s</text>
    <text x="%d" y="%d" class="tick end">%s</text>
    <text x="%d" y="%d" class="tick">0</text>
    <text x="%d" y="%d" class="tick end">%d</text>
    %s</svg>
    """
        .formatted(
            WIDTH,
            HEIGHT,
            Html.escape(title),
            LEFT,
            Html.escape(title),
            LEFT,
            TOP,
            HEIGHT - BOTTOM,
            WIDTH - RIGHT,
            LEFT - 5,
            TOP + 8,
            label(high),
            LEFT - 5,
            HEIGHT - BOTTOM,
            label(low),
            LEFT,
            HEIGHT - 7,
            WIDTH - RIGHT,
            HEIGHT - 7,
            last,
            polylines);
  }

  private static String label(double value) {
    return value == 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1000)
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.format(Locale.ROOT, "%.0e", value);
  }
}
