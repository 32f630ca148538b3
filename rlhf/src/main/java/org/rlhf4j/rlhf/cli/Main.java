package org.rlhf4j.rlhf.cli;

import java.io.UncheckedIOException;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** {@code rlhf4j}: the command line. What the user got wrong is one line and exit code 2. */
@Command(
    name = "rlhf4j",
    description = "RLHF from scratch in pure Java.",
    mixinStandardHelpOptions = true,
    version = "0.1.0-SNAPSHOT",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      SftCommand.class,
      RewardCommand.class,
      DpoCommand.class,
      PpoCommand.class,
      EvaluateCommand.class,
      ChatCommand.class,
      GenerateCommand.class
    })
public final class Main implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** {@return the command line with all commands, those of other jars too} */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    CommandLine bench = new CommandLine(new BenchCommand());
    for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
      provider.commands().forEach(commandLine::addSubcommand);
      provider.benchmarks().forEach(bench::addSubcommand);
    }
    if (!bench.getSubcommands().isEmpty()) {
      commandLine.addSubcommand(bench);
    }
    commandLine.setParameterExceptionHandler((exception, _) -> {
      exception.getCommandLine().getErr().println("rlhf4j: " + exception.getMessage());
      return ExitCode.USAGE;
    });
    commandLine.setExecutionExceptionHandler((exception, failed, _) -> {
      if (exception instanceof IllegalArgumentException) {
        failed.getErr().println("rlhf4j: " + exception.getMessage());
        return ExitCode.USAGE;
      }
      if (exception instanceof UncheckedIOException io && io.getCause() != null) {
        failed.getErr().println("rlhf4j: " + io.getMessage() + ": " + reason(io.getCause()));
        return ExitCode.USAGE;
      }
      throw exception;
    });
    return commandLine;
  }

  private static String reason(Throwable cause) {
    return switch (cause) {
      case java.nio.file.NoSuchFileException _ -> "there is no such file";
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      case java.nio.file.FileAlreadyExistsException _ -> "a file of that name is in the way";
      default -> String.valueOf(cause.getMessage());
    };
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }
}
