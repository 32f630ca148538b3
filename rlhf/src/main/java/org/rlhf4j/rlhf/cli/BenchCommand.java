package org.rlhf4j.rlhf.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rlhf4j bench}: what it can measure comes from other jars, a subcommand each. */
@Command(
    name = "bench",
    description =
        "Measures the kernels of a machine: bench cpu beside native libraries, or bench gpu.")
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
