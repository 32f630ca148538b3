package org.rlhf4j.cuda.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.rlhf4j.cuda.CudaBackend;
import org.rlhf4j.cuda.GpuBenchmark;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rlhf4j bench gpu}: the kernels against a device copy and the reference. */
@Command(
    name = "gpu",
    description =
        "Compares each kernel with the reference, and its speed with a device copy or cuBLAS; writes a"
            + " report.")
final class GpuCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--device", defaultValue = "cuda", description = "cuda or cuda-emulated")
  private String device = "cuda";

  @Option(
      names = "--megabytes",
      defaultValue = "256",
      description = "size of a large buffer; should exceed the L2 cache")
  private int megabytes;

  @Option(names = "--repeats", defaultValue = "20", description = "launches a measurement")
  private int repeats;

  @Option(names = "--report", defaultValue = "gpu-report.md", description = "file to write")
  private Path report = Path.of("gpu-report.md");

  @Override
  public Integer call() {
    try (Backend backend = Backends.open(device, 1)) {
      if (!(backend instanceof CudaBackend cuda)) {
        throw new IllegalArgumentException(
            "bench gpu takes the devices cuda and cuda-emulated, not " + device);
      }
      GpuBenchmark.Report found = new GpuBenchmark(cuda, megabytes, repeats).run();
      write(report, String.join("\n", found.lines()) + "\n");
      PrintWriter out = spec.commandLine().getOut();
      found.lines().forEach(out::println);
      out.println("written to " + report);
      out.flush();
      found.failures().forEach(spec.commandLine().getErr()::println);
      return found.failures().isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
  }

  /** Whole, then moved into place. */
  private static void write(Path file, String text) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, text);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
