package org.rlhf4j.rlhf.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Where a command writes: the folder that was asked for, or the first free one. */
final class FolderOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "New folder for all that is written (default: runs/NAME, then runs/NAME-2, ...; NAME is"
              + " the recipe or the command).")
  private List<Path> out = List.of();

  boolean isGiven() {
    return !out.isEmpty();
  }

  /**
   * {@return a folder that was made now}
   *
   * @param name of the folder under runs where none was asked for
   * @throws IllegalArgumentException if the one that was asked for exists
   */
  Path create(String name) {
    Path folder = isGiven() ? out.getFirst() : Path.of("runs", name);
    for (int i = 2; !isGiven() && Files.exists(folder); i++) {
      folder = Path.of("runs", name + "-" + i);
    }
    if (Files.exists(folder)) {
      throw new IllegalArgumentException(folder + " exists already; name a new folder");
    }
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
  }
}
