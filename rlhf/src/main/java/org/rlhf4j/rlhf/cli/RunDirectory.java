package org.rlhf4j.rlhf.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where a run writes: the folder that was asked for, or the first free one. */
final class RunDirectory {
  private RunDirectory() {}

  /**
   * {@return a folder that was made now}
   *
   * @param wanted at most one
   * @throws IllegalArgumentException if the wanted one exists
   */
  static Path create(List<Path> wanted, String name) {
    Path folder = wanted.isEmpty() ? Path.of("runs", name) : wanted.getFirst();
    for (int i = 2; wanted.isEmpty() && Files.exists(folder); i++) {
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
