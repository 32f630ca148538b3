package org.rlhf4j.cuda.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.rlhf4j.cuda.KernelFiles;
import org.rlhf4j.cuda.ptx.Approximation;
import org.rlhf4j.cuda.ptx.Argument;
import org.rlhf4j.cuda.ptx.Dim;
import org.rlhf4j.cuda.ptx.Emulator;
import org.rlhf4j.cuda.ptx.Entry;
import org.rlhf4j.cuda.ptx.LaunchReport;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.cuda.ptx.PtxFault;
import org.rlhf4j.cuda.ptx.PtxModule;
import org.rlhf4j.cuda.ptx.PtxSyntaxException;
import org.rlhf4j.cuda.ptx.Type;
import org.rlhf4j.cuda.ptx.Variable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rlhf4j ptx}: the kernels that ship, and the interpreter as a tool. */
@Command(name = "ptx", description = "Lists PTX kernels and runs them without a GPU.")
final class PtxCommand implements Runnable {
  private static final int SHOWN = 8;

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
            + " many zeros, ids:8:100 eight whole numbers below 100; others are numbers."
      })
  int run(
      @Parameters(
              index = "0",
              paramLabel = "KERNEL",
              description = "softmax/1-online.ptx, or a file on disk")
          String kernel,
      @Parameters(
              index = "1..*",
              paramLabel = "ARGUMENT",
              arity = "0..*",
              description = "arguments")
          List<String> arguments,
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
      Entry entry = entry(kernel);
      Emulator emulator = new Emulator();
      List<Buffer> buffers = new ArrayList<>();
      List<Argument> values =
          arguments(entry, arguments == null ? List.of() : arguments, emulator, buffers);
      Options options = Options.checked();
      options = moved ? options.with(Approximation.MOVED) : options;
      LaunchReport report =
          trace
              ? emulator.launch(entry, dim(grid), dim(block), shared, values, options, out::println)
              : emulator.launch(entry, dim(grid), dim(block), shared, values, options);
      out.print(report);
      if (profile) {
        report
            .lines()
            .forEach(l -> out.printf("%12d  %5d: %s%n", l.executed(), l.line(), l.text()));
      }
      buffers.forEach(buffer -> out.println(buffer.show(emulator)));
      out.flush();
      return CommandLine.ExitCode.OK;
    } catch (PtxFault | PtxSyntaxException fault) {
      out.flush();
      spec.commandLine().getErr().println("rlhf4j: " + fault.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private static Entry entry(String kernel) {
    PtxModule module;
    if (KernelFiles.ALL.contains(kernel)) {
      module = PtxModule.parse(kernel, KernelFiles.text(kernel));
    } else {
      try {
        module = PtxModule.parse(kernel, Files.readString(Path.of(kernel)));
      } catch (IOException e) {
        throw new UncheckedIOException(kernel, e);
      }
    }
    return module.entries().values().iterator().next();
  }

  /** A buffer of the command line; {@code real} tells how to print it. */
  private record Buffer(String name, long address, int length, boolean real) {
    String show(Emulator emulator) {
      int[] words = new int[Math.min(length, SHOWN)];
      emulator.memory().download(address, words, 0, words.length);
      StringBuilder line = new StringBuilder("  " + name + " =");
      for (int word : words) {
        line.append(' ').append(real ? String.valueOf(Float.intBitsToFloat(word)) : word);
      }
      return line.append(length > SHOWN ? " ..." : "").toString();
    }
  }

  private static List<Argument> arguments(
      Entry entry, List<String> texts, Emulator emulator, List<Buffer> buffers) {
    if (texts.size() != entry.parameters().size()) {
      throw new IllegalArgumentException(
          "%s takes %d arguments (%s), got %d"
              .formatted(
                  entry.name(),
                  entry.parameters().size(),
                  String.join(
                      " ",
                      entry.parameters().stream()
                          .map(p -> p.type().text() + ":" + p.name())
                          .toList()),
                  texts.size()));
    }
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Variable parameter = entry.parameters().get(i);
      if (parameter.type() == Type.U64) {
        Buffer buffer = buffer(parameter.name(), texts.get(i), emulator, i);
        buffers.add(buffer);
        arguments.add(new Argument.Pointer(buffer.address()));
      } else if (parameter.type() == Type.F32) {
        arguments.add(new Argument.Real(Float.parseFloat(texts.get(i))));
      } else {
        arguments.add(new Argument.Whole(Integer.parseInt(texts.get(i))));
      }
    }
    return arguments;
  }

  private static Buffer buffer(String name, String text, Emulator emulator, int seed) {
    String[] parts = text.split(":", -1);
    boolean ids = parts[0].equals("ids");
    if (parts.length != (ids ? 3 : 2) || !List.of("buffer", "zeros", "ids").contains(parts[0])) {
      throw new IllegalArgumentException(
          "%s is an address: give buffer:LENGTH, zeros:LENGTH or ids:LENGTH:BELOW, not %s"
              .formatted(name, text));
    }
    int length = Integer.parseInt(parts[1]);
    Random random = new Random(seed);
    int[] words = new int[length];
    for (int i = 0; i < length; i++) {
      words[i] =
          switch (parts[0]) {
            case "buffer" -> Float.floatToRawIntBits((float) random.nextGaussian());
            case "ids" -> random.nextInt(Integer.parseInt(parts[2]));
            default -> 0;
          };
    }
    long address = emulator.memory().allocate(4L * length, name);
    emulator.memory().upload(address, words, 0, length);
    return new Buffer(name, address, length, !ids);
  }

  private static Dim dim(String text) {
    String[] parts = text.split(",", -1);
    int[] extents = {1, 1, 1};
    for (int i = 0; i < parts.length && i < 3; i++) {
      extents[i] = Integer.parseInt(parts[i].trim());
    }
    return new Dim(extents[0], extents[1], extents[2]);
  }
}
