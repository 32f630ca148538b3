package org.rlhf4j.bench;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What {@code bench cpu} found, as tables, a plot and data.
 *
 * @param gigaflops multiply-adds in registers on one core, in 1e9 operations a second
 * @param gigabytes copying memory that no cache holds, bytes read and written, by threads
 */
record CpuReport(double gigaflops, Map<Integer, Double> gigabytes, List<Row> rows) {
  private static final int BAR = 16;
  private static final int LABEL = 360;
  private static final int WIDTH = 760;

  /** {@return Markdown tables} */
  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
                Locale.ROOT,
                "One core: %.0f GFLOP/s of multiply-adds in registers. Copying: ",
                gigaflops)
            + new TreeMap<>(gigabytes)
                .entrySet().stream()
                    .map(e ->
                        String.format(Locale.ROOT, "%.1f GB/s on %d", e.getValue(), e.getKey()))
                    .collect(Collectors.joining(", "))
            + " (threads).");
    lines.add("");
    lines.add("| work | peer | threads | ratio, geometric mean | least | contests |");
    lines.add("| --- | --- | ---: | ---: | ---: | ---: |");
    Map<String, DoubleSummaryStatistics> logs =
        rows.stream()
            .collect(
                Collectors.groupingBy(
                    row ->
                        "| %s | %s | %d |"
                            .formatted(
                                row.name().substring(0, row.name().indexOf('.')),
                                row.peer(),
                                row.threads()),
                    TreeMap::new,
                    Collectors.summarizingDouble(row -> Math.log(row.seconds().ratio()))));
    logs.forEach((group, log) ->
        lines.add(
            String.format(
                Locale.ROOT,
                "%s %.2f | %.2f | %d |",
                group,
                Math.exp(log.getAverage()),
                Math.exp(log.getMin()),
                log.getCount())));
    lines.add("");
    lines.add(Row.HEADER);
    rows.forEach(row -> lines.add(row.line()));
    lines.add("");
    lines.add(
        "Median of each side; ± half the distance between the quartiles. The ratio is the peer's time"
            + " over ours, median over neighbouring batches, and that of the fastest batch of each.");
    return String.join("\n", lines) + "\n";
  }

  /** {@return a bar for each ratio, its interval as a line, and a rule at 1} */
  String svg() {
    double most = Math.max(2, rows.stream().mapToDouble(r -> r.seconds().high()).max().orElse(2));
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
            Locale.ROOT, "<text x=\"%d\" y=\"12\">times as fast as the peer</text>%n", LABEL));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      int y = (i + 1) * BAR;
      out.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s %s, %d: %s</text>%n",
              LABEL - 6,
              y + 11,
              row.name(),
              row.shape(),
              row.threads(),
              row.peer()));
      out.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
              LABEL,
              y + 2,
              scale * row.seconds().ratio(),
              BAR - 4,
              row.seconds().ratio() < 1 ? "#c77" : "#79b"));
      out.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%.1f %d H%.1f\" stroke=\"black\"/>%n",
              LABEL + scale * row.seconds().low(),
              y + BAR / 2,
              LABEL + scale * row.seconds().high()));
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
