package org.rlhf4j.transformer;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The real model and texts that stand beside the project; tests that need them are skipped without.
 */
public final class SharedData {
  private SharedData() {}

  /** {@return a file of the shared folder, which is looked for in the parents of this one} */
  public static Path file(String name) {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.exists(folder.resolve("shared").resolve(name))) {
      folder = folder.getParent();
    }
    Assumptions.assumeTrue(
        folder != null, "skipped: shared/" + name + " is not beside the project");
    return folder.resolve("shared").resolve(name);
  }
}
