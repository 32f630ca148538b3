package org.rlhf4j.rlhf.report;

import java.util.List;
import java.util.Locale;

/**
 * A curve as SVG: a title, two axis labels on each side, the line. Drawn by hand, since that is
 * shorter than a plotting library's set-up and needs no image files.
 *
 * @param title what is drawn
 * @param values over steps 0, 1, ...; what is not finite is left out
 */
record Curve(String title, List<Double> values) {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 150;
  private static final int LEFT = 46;
  private static final int BOTTOM = 22;
  private static final int TOP = 24;
  private static final int RIGHT = 10;

  String svg() {
    double low = values.stream().filter(Double::isFinite).mapToDouble(v -> v).min().orElse(0);
    double high = values.stream().filter(Double::isFinite).mapToDouble(v -> v).max().orElse(1);
    double span = high - low < 1e-12 ? 1 : high - low;
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      if (Double.isFinite(values.get(i))) {
        points.append(
            String.format(
                Locale.ROOT,
                "%.1f,%.1f ",
                LEFT + (WIDTH - LEFT - RIGHT) * (i / (double) Math.max(1, values.size() - 1)),
                HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * ((values.get(i) - low) / span)));
      }
    }
    return """
    <svg viewBox="0 0 %d %d" role="img" aria-label="%s">
    <text x="%d" y="15" class="title">%s</text>
    <path class="axis" d="M%d %d V%d H%d"/>
    <text x="%d" y="%d" class="tick end">%s</text>
    <text x="%d" y="%d" class="tick end">%s</text>
    <text x="%d" y="%d" class="tick">0</text>
    <text x="%d" y="%d" class="tick end">%d</text>
    <polyline points="%s"/>
    </svg>
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
            values.size() - 1,
            points.toString().strip());
  }

  private static String label(double value) {
    return value == 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1000)
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.format(Locale.ROOT, "%.0e", value);
  }
}
