package org.rlhf4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.rlhf4j.bench.SideBySide.Result;

/**
 * What {@code bench cpu} found, as a table, a plot and data.
 *
 * @param gigaflops multiply-adds in registers on one core, in 1e9 operations a second
 * @param gigabytes copying memory that no cache holds, one thread, bytes read and written
 */
record CpuReport(double gigaflops, double gigabytes, List<Row> rows) {
  /**
   * A contest and how it went.
   *
   * @param unit what the work is counted in: GFLOP/s, GB/s or tokens/s
   * @param rate ours
   * @param share of the peak of the threads that ran, or NaN where there is none
   */
  record Row(
      String name,
      String shape,
      int threads,
      Result result,
      String unit,
      double rate,
      double share) {}

  private static final int BAR = 16;
  private static final int LABEL = 360;
  private static final int WIDTH = 760;

  /** {@return a Markdown table} */
  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "One core: %.0f GFLOP/s of multiply-adds in registers, %.1f GB/s of copying.",
            gigaflops,
            gigabytes));
    lines.add("");
    lines.add(
        "| what | shape | threads | ours, ms | libtorch, ms | ratio (95 %) | rate | of peak |");
    lines.add("| --- | --- | ---: | ---: | ---: | --- | ---: | ---: |");
    rows.forEach(row -> lines.add(line(row)));
    if (!rows.isEmpty()) {
      double mean =
          Math.exp(
              rows.stream().mapToDouble(r -> Math.log(r.result.ratio())).average().orElseThrow());
      lines.add("");
      lines.add(
          String.format(
              Locale.ROOT,
              "Median of each side; ± half the distance between the quartiles. Geometric mean of the"
                  + " ratios: %.2f.",
              mean));
    }
    return String.join("\n", lines) + "\n";
  }

  /** {@return a line of the table} */
  static String line(Row row) {
    Result r = row.result;
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %.3f ± %.0f %% | %.3f ± %.0f %% | %.2f (%.2f to %.2f) | %.1f %s | %s |",
        row.name,
        row.shape,
        row.threads,
        1e3 * r.ours(),
        50 * r.oursSpread(),
        1e3 * r.peer(),
        50 * r.peerSpread(),
        r.ratio(),
        r.low(),
        r.high(),
        row.rate,
        row.unit,
        Double.isNaN(row.share) ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * row.share));
  }

  /** {@return a bar for each ratio, its interval as a line, and a rule at 1} */
  String svg() {
    double most = Math.max(2, rows.stream().mapToDouble(r -> r.result.high()).max().orElse(2));
    double scale = (WIDTH - LABEL - 20) / most;
    StringBuilder out = new StringBuilder();
    int height = (rows.size() + 2) * BAR;
    out.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"11\">%n",
            WIDTH,
            height));
    out.append(
        String.format(
            Locale.ROOT, "<text x=\"%d\" y=\"12\">times as fast as libtorch</text>%n", LABEL));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      int y = (i + 1) * BAR;
      out.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s %s, %d</text>%n",
              LABEL - 6,
              y + 11,
              row.name,
              row.shape,
              row.threads));
      out.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
              LABEL,
              y + 2,
              scale * row.result.ratio(),
              BAR - 4,
              row.result.ratio() < 1 ? "#c77" : "#79b"));
      out.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%.1f %d H%.1f\" stroke=\"black\"/>%n",
              LABEL + scale * row.result.low(),
              y + BAR / 2,
              LABEL + scale * row.result.high()));
    }
    out.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%.1f %d V%d\" stroke=\"black\" stroke-dasharray=\"3 3\"/>%n</svg>%n",
            LABEL + scale,
            BAR,
            height));
    return out.toString();
  }
}
