package org.rlhf4j.bench;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A program to measure beside us, which the machine may have or not. */
final class Program {
  private Program() {}

  /** {@return the file that the property of this name gives, else one of this name on the path} */
  static Optional<Path> find(String name) {
    String given = System.getProperty(name, "");
    Stream<Path> candidates =
        given.isEmpty()
            ? Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
            : Stream.of(Path.of(given).toAbsolutePath());
    return candidates.filter(Files::isRegularFile).filter(Files::isExecutable).findFirst();
  }
}
