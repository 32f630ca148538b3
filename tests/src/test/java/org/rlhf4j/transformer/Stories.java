package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The real model of the tests, which is not part of the project. */
public final class Stories {
  private static final String PLACE = "shared/models/stories260K";

  private Stories() {}

  /** {@return a file of the model; skips the test where it is absent} */
  public static Path file(String name) {
    Optional<Path> found =
        Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)
            .map(p -> p.resolve(PLACE).resolve(name))
            .filter(Files::exists)
            .findFirst();
    assumeTrue(found.isPresent(), PLACE + "/" + name + " is not above this directory: skipped");
    return found.orElseThrow();
  }
}
