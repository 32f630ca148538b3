package org.rlhf4j.cuda.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rlhf4j.cuda.KernelFiles;
import org.rlhf4j.cuda.ptx.Approximation;
import org.rlhf4j.cuda.ptx.Dim;
import org.rlhf4j.cuda.ptx.Emulator;
import org.rlhf4j.cuda.ptx.Entry;
import org.rlhf4j.cuda.ptx.LaunchReport;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.cuda.ptx.PtxFault;
import org.rlhf4j.cuda.ptx.PtxModule;
import org.rlhf4j.cuda.ptx.PtxSyntaxException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rlhf4j ptx}: the kernels that ship, and the interpreter as a tool. */
@Command(name = "ptx", description = "Lists PTX kernels and runs them without a GPU.")
final class PtxCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(description = "Lists the kernel files, each with its first line.")
  void list() {
    PrintWriter out = spec.commandLine().getOut();
    for (String file : KernelFiles.ALL) {
      String first = KernelFiles.text(file).lines().findFirst().orElse("");
      out.printf("%-36s %s%n", file, first.replaceFirst("^// ", ""));
    }
    out.flush();
  }

  @Command(
      description = {
        "Runs a kernel in the interpreter with every check, and prints what it did.",
        "Arguments in the order of the signature: buffer:1024 is 1,024 normal numbers, zeros:1024 as"
            + " many zeros, empty:1024 as many words that nothing has written, ids:8:100 eight whole"
            + " numbers below 100; others are numbers."
      })
  int run(
      @Parameters(
              index = "0",
              paramLabel = "KERNEL",
              description = "softmax/2-registers.ptx, or a file on disk")
          String kernel,
      @Parameters(
              index = "1..*",
              paramLabel = "ARGUMENT",
              arity = "0..*",
              description = "arguments")
          List<String> arguments,
      @Option(
              names = "--entry",
              defaultValue = "",
              paramLabel = "NAME",
              description = "kernel of a file that has several; the first if left out")
          String name,
      @Option(names = "--grid", defaultValue = "1", description = "blocks: x, x,y or x,y,z")
          String grid,
      @Option(names = "--block", defaultValue = "32", description = "threads: x, x,y or x,y,z")
          String block,
      @Option(
              names = "--shared",
              defaultValue = "0",
              description = "dynamic shared memory in bytes")
          int shared,
      @Option(names = "--moved", description = "move approximate results within their bounds")
          boolean moved,
      @Option(names = "--profile", description = "print how often each instruction ran")
          boolean profile,
      @Option(names = "--trace", description = "print every instruction as it is executed")
          boolean trace) {
    PrintWriter out = spec.commandLine().getOut();
    try {
      Entry entry = entry(kernel, name);
      Emulator emulator = new Emulator();
      KernelArguments given =
          KernelArguments.of(entry, arguments == null ? List.of() : arguments, emulator);
      Options options = Options.checked();
      options = moved ? options.with(Approximation.MOVED) : options;
      LaunchReport report =
          trace
              ? emulator.launch(
                  entry, dim(grid), dim(block), shared, given.values(), options, out::println)
              : emulator.launch(entry, dim(grid), dim(block), shared, given.values(), options);
      out.print(report);
      if (profile) {
        report
            .lines()
            .forEach(l -> out.printf("%12d  %5d: %s%n", l.executed(), l.line(), l.text()));
      }
      given.show(emulator).forEach(out::println);
      out.flush();
      return CommandLine.ExitCode.OK;
    } catch (PtxFault | PtxSyntaxException fault) {
      out.flush();
      spec.commandLine().getErr().println("rlhf4j: " + fault.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private static Entry entry(String kernel, String name) {
    PtxModule module = PtxModule.parse(kernel, text(kernel));
    if (module.entries().isEmpty()) {
      throw new IllegalArgumentException(kernel + " has no .entry");
    }
    return name.isEmpty() ? module.entries().values().iterator().next() : module.entry(name);
  }

  private static String text(String kernel) {
    if (KernelFiles.ALL.contains(kernel)) {
      return KernelFiles.text(kernel);
    }
    try {
      return Files.readString(Path.of(kernel));
    } catch (IOException e) {
      throw new UncheckedIOException(kernel, e);
    }
  }

  private static Dim dim(String text) {
    String[] parts = text.split(",", -1);
    if (!text.matches("\\d{1,9}(,\\d{1,9}){0,2}")) {
      throw new IllegalArgumentException(
          "a grid or a block is x, x,y or x,y,z, such as 32,8, not " + text);
    }
    int[] extents = {1, 1, 1};
    for (int i = 0; i < parts.length; i++) {
      extents[i] = Integer.parseInt(parts[i]);
    }
    return new Dim(extents[0], extents[1], extents[2]);
  }
}
