package org.rlhf4j.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rlhf4j bench memory}. */
@Command(
    name = "memory",
    description = {
      "Memory of training steps on 512 tokens, ours and libtorch's.",
      "Ours is what the pool holds, libtorch's by how much a process of its own grows (Linux),",
      "which has trained 0.3M before and uses the memory of that again."
    },
    mixinStandardHelpOptions = true)
final class MemoryCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--shape",
      split = ",",
      defaultValue = "3M,30M",
      description = "decoders, of ${DEFAULT-VALUE}")
  private List<String> shapes = List.of();

  @Option(names = "--libtorch", hidden = true, description = "print libtorch's bytes of a decoder")
  private List<String> libtorch = List.of();

  @Override
  public void run() {
    PrintWriter console = spec.commandLine().getOut();
    libtorch.forEach(shape -> console.printf(Locale.ROOT, "%.0f%n", StepMemory.libtorch(shape)));
    if (libtorch.isEmpty()) {
      console.println("| decoder | theory, MB | ours, MB | of theory | libtorch, MB | of theory |");
      console.println("| --- | ---: | ---: | ---: | ---: | ---: |");
      shapes.forEach(shape -> console.println(row(shape)));
    }
    console.flush();
  }

  private static String row(String shape) {
    double theory = StepMemory.theory(shape);
    double ours = StepMemory.ours(shape);
    double theirs = inItsOwnProcess(shape);
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.2f | %.1f | %.2f |",
        shape,
        theory / 1e6,
        ours / 1e6,
        ours / theory,
        theirs / 1e6,
        theirs / theory);
  }

  /** Starts this program again, with a heap that is touched at once and does not grow. */
  private static double inItsOwnProcess(String shape) {
    try {
      List<String> line = new ArrayList<>();
      for (String part : Files.readString(Path.of("/proc/self/cmdline")).split("\0")) {
        if (part.equals("-m")) {
          line.addAll(List.of("-Xms3g", "-Xmx3g", "-XX:+AlwaysPreTouch"));
        }
        if (part.equals("bench")) {
          break;
        }
        line.add(part);
      }
      line.addAll(List.of("bench", "memory", "--libtorch", shape));
      Process process =
          new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String printed =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("libtorch's training of " + shape + " failed: " + printed);
      }
      return Double.parseDouble(printed);
    } catch (IOException e) {
      throw new UncheckedIOException("a process for libtorch cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while libtorch trained", e);
    }
  }
}
