package org.rlhf4j.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code rlhf4j bench cpu}: the kernels and whole steps beside libtorch. */
@Command(
    name = "cpu",
    description =
        "Measures kernels and steps side by side with libtorch; writes table, plot, data.")
final class CpuCommand implements Runnable {
  static final List<Class<? extends Contest.Paired>> BENCHMARKS =
      List.of(
          MatrixBenchmark.class,
          RowBenchmark.class,
          LayerBenchmark.class,
          AttentionBenchmark.class,
          TrainingBenchmark.class);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--filter",
      defaultValue = "",
      description = "regular expression that is found in \"benchmark shape threads\"")
  private String filter = "";

  @Option(
      names = "--seconds",
      defaultValue = "0.5",
      description = "how long a contest is measured after warm-up")
  private double seconds;

  @Option(
      names = "--threads",
      split = ",",
      defaultValue = "1,2",
      description = "numbers of threads, such as 1,2")
  private List<Integer> threads = List.of();

  @Option(
      names = "--out",
      defaultValue = "bench-cpu",
      description = "folder for report.md, ratios.svg and results.json")
  private Path out = Path.of("bench-cpu");

  /** The pairs of a benchmark that are asked for, on one shape and number of threads. */
  private record Plan(
      Class<? extends Contest.Paired> benchmark, String shape, int threads, List<String> names) {}

  @Override
  public void run() {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("--seconds must be positive, got " + seconds);
    }
    List<Plan> plans = plans(pattern());
    if (plans.isEmpty()) {
      throw new IllegalArgumentException("no benchmark matches --filter " + filter);
    }
    double gigaflops = Peaks.gigaflops();
    double gigabytes = Peaks.gigabytes();
    List<CpuReport.Row> rows = new ArrayList<>();
    for (Plan plan : plans) {
      Contest.Paired paired = Contest.prepare(plan.benchmark, plan.shape, plan.threads);
      for (String name : plan.names) {
        Contest contest = Contest.of(paired, name, plan.shape, plan.threads);
        SideBySide.Result result = SideBySide.run(contest.ours(), contest.peer(), seconds);
        CpuReport.Row row = Work.row(contest, result, plan.threads * gigaflops, gigabytes);
        rows.add(row);
        spec.commandLine().getErr().println(CpuReport.line(row));
        spec.commandLine().getErr().flush();
      }
      paired.tearDown();
    }
    CpuReport report = new CpuReport(gigaflops, gigabytes, rows);
    write("report.md", report.markdown());
    write("ratios.svg", report.svg());
    write(
        "results.json",
        JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    PrintWriter console = spec.commandLine().getOut();
    console.print(report.markdown());
    console.println("written to " + out);
    console.flush();
  }

  private List<Plan> plans(Pattern pattern) {
    List<Plan> plans = new ArrayList<>();
    for (int count : threads) {
      for (Class<? extends Contest.Paired> benchmark : BENCHMARKS) {
        for (String shape : Contest.shapes(benchmark)) {
          List<String> names =
              Contest.names(benchmark).stream()
                  .filter(name -> pattern.matcher(label(benchmark, name, shape, count)).find())
                  .toList();
          if (!names.isEmpty()) {
            plans.add(new Plan(benchmark, shape, count, names));
          }
        }
      }
    }
    return plans;
  }

  private Pattern pattern() {
    try {
      return Pattern.compile(filter);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("--filter is no regular expression: " + e.getMessage(), e);
    }
  }

  private static String label(Class<?> benchmark, String name, String shape, int threads) {
    return String.format(
        Locale.ROOT, "%s.%s %s %d", benchmark.getSimpleName(), name, shape, threads);
  }

  /** Whole, then moved into place. */
  private void write(String name, String text) {
    Path part = out.resolve(name + ".part");
    try {
      Files.createDirectories(out);
      Files.writeString(part, text);
      Files.move(part, out.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + out.resolve(name), e);
    }
  }
}
