package org.rlhf4j.cuda.cli;

import java.io.PrintWriter;
import java.util.List;
import org.rlhf4j.cuda.EmulatorBenchmark;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rlhf4j bench emulator}: how fast PTX is interpreted here. */
@Command(
    name = "emulator",
    description = "Times a kernel and training steps on the PTX interpreter, every check on.")
final class EmulatorCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--repeats",
      defaultValue = "5",
      description = "timed training steps, after as many to warm up")
  private int repeats;

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "2x64,4x128",
      paramLabel = "ROWSxTOKENS",
      description = "batches of a training step, of at most 128 tokens a row")
  private List<String> batches = List.of();

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    new EmulatorBenchmark(repeats, batches.stream().map(EmulatorCommand::batch).toList())
        .run()
        .forEach(out::println);
    out.flush();
  }

  private static EmulatorBenchmark.Batch batch(String text) {
    if (!text.matches("\\d{1,4}x\\d{1,4}")) {
      throw new IllegalArgumentException("a batch is ROWSxTOKENS, such as 2x64, not " + text);
    }
    String[] parts = text.split("x", -1);
    return new EmulatorBenchmark.Batch(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }
}
