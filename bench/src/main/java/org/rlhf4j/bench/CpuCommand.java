package org.rlhf4j.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.rlhf.report.MarkedPage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code rlhf4j bench cpu}: the kernels and whole steps beside their peers. */
@Command(
    name = "cpu",
    description =
        "Measures kernels and steps side by side with libtorch, OpenBLAS, MKL, llama2.c and llm.c; writes table, plot, data.")
final class CpuCommand implements Runnable {
  /** Decoding comes first: what the others leave behind in the JIT's profiles halves its speed. */
  static final List<Class<? extends Contest.Paired>> BENCHMARKS =
      List.of(
          DecodingBenchmark.class,
          MatrixBenchmark.class,
          RowBenchmark.class,
          LayerBenchmark.class,
          AttentionBenchmark.class,
          TrainingBenchmark.class,
          Gpt2Benchmark.class,
          PolicyBenchmark.class);

  /** The short form leaves out what takes more operations. */
  private static final double SHORT_FLOPS = 1e10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--filter",
      defaultValue = "",
      description = "regular expression that is found in \"what shape threads\"")
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
      names = "--short",
      description =
          "under three minutes: all threads, 0.1 seconds each, without the largest shapes")
  private boolean brief;

  @Option(
      names = "--llama2c",
      paramLabel = "PROGRAM",
      description = "llama2.c's run, the peer of decoding (default: llama2c on the path)")
  private List<Path> llama2c = List.of();

  @Option(
      names = "--llmc",
      paramLabel = "PROGRAM",
      description = "llm.c's train_gpt2, a peer of training (default: train_gpt2 on the path)")
  private List<Path> llmc = List.of();

  @Option(
      names = "--page",
      paramLabel = "FILE",
      description = "also put the tables into this page, between its marks")
  private List<Path> page = List.of();

  @Option(
      names = "--out",
      defaultValue = "bench-cpu",
      description = "folder for report.md, ratios.svg and results.json")
  private Path out = Path.of("bench-cpu");

  /** The pairs of a benchmark that are asked for, on one shape and number of threads. */
  private record Plan(
      Class<? extends Contest.Paired> benchmark,
      String shape,
      int threads,
      List<Contest.Pair> pairs) {}

  @Override
  public void run() {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("--seconds must be positive, got " + seconds);
    }
    if (brief) {
      seconds = 0.1;
      threads = List.of(Runtime.getRuntime().availableProcessors());
    }
    llama2c.forEach(program -> System.setProperty(Llama2c.NAME, program.toString()));
    llmc.forEach(program -> System.setProperty(Llmc.NAME, program.toString()));
    List<MarkedPage> pages = page.stream().map(file -> MarkedPage.read(file, "bench cpu")).toList();
    List<Plan> plans = plans(pattern());
    if (plans.isEmpty()) {
      throw new IllegalArgumentException("no benchmark matches --filter " + filter);
    }
    PrintWriter progress = spec.commandLine().getErr();
    if (!Llama2c.isFound()) {
      progress.println("llama2.c is not measured: no llama2c on the path, see --llama2c");
    }
    if (!Llmc.isFound()) {
      progress.println("llm.c is not measured: no train_gpt2 on the path, see --llmc");
    }
    if (System.getenv("OPENBLAS_CORETYPE") != null) {
      progress.println(
          "OPENBLAS_CORETYPE is set: OpenBLAS runs the kernels of that processor, not its best");
    }
    makeFolder();
    double gigaflops = Peaks.gigaflops();
    Map<Integer, Double> gigabytes = new TreeMap<>();
    threads.forEach(count -> gigabytes.computeIfAbsent(count, Peaks::gigabytes));
    List<Row> rows = new ArrayList<>();
    for (Plan plan : plans) {
      Contest.Paired paired = Contest.create(plan.benchmark, plan.shape, plan.threads);
      List<Contest.Pair> pairs =
          plan.pairs.stream().filter(pair -> paired.has(pair.peer(), plan.threads)).toList();
      if (pairs.isEmpty()) {
        continue;
      }
      paired.setUp();
      for (Contest.Pair pair : pairs) {
        Contest contest = Contest.of(paired, pair, plan.shape, plan.threads);
        Work work = Work.of(contest.name(), contest.shape());
        Row row =
            new Row(
                contest.name(),
                contest.shape(),
                contest.threads(),
                contest.peer().label,
                SideBySide.run(contest.ours(), contest.theirs(), seconds, paired.warmUp()),
                work,
                work.flops() / (plan.threads * gigaflops * 1e9),
                work.bytes() / (gigabytes.getOrDefault(plan.threads, 0.0) * 1e9));
        rows.add(row);
        progress.println(row.line());
        progress.flush();
      }
      paired.tearDown();
    }
    CpuReport report = new CpuReport(gigaflops, gigabytes, rows);
    write("report.md", report.markdown());
    write("ratios.svg", report.svg());
    write(
        "results.json",
        JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    pages.forEach(found -> found.write(report.markdown()));
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
          List<Contest.Pair> pairs =
              Contest.pairs(benchmark).stream()
                  .filter(pair -> asked(pattern, Contest.name(benchmark, pair), shape, count))
                  .toList();
          if (!pairs.isEmpty()) {
            plans.add(new Plan(benchmark, shape, count, pairs));
          }
        }
      }
    }
    return plans;
  }

  private boolean asked(Pattern pattern, String name, String shape, int count) {
    return pattern.matcher(String.format(Locale.ROOT, "%s %s %d", name, shape, count)).find()
        && !(brief && Work.of(name, shape).flops() > SHORT_FLOPS);
  }

  private Pattern pattern() {
    try {
      return Pattern.compile(filter);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("--filter is no regular expression: " + e.getMessage(), e);
    }
  }

  private void makeFolder() {
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + out, e);
    }
  }

  private void write(String name, String text) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    WholeFile.write(out.resolve(name), channel -> WholeFile.write(channel, bytes));
  }
}
