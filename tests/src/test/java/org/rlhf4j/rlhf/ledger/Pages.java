package org.rlhf4j.rlhf.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pages of the documentation that are written from the code. */
public final class Pages {
  private Pages() {}

  /**
   * Fails where the page in docs/ is not the given text, and puts the right one in target/, from
   * where it can be copied.
   */
  public static void assertCurrent(String name, String text) throws IOException {
    String found = read(name);
    if (!found.equals(text)) {
      Path fresh = Ledger.root().resolve("tests/target").resolve(name);
      Files.createDirectories(fresh.getParent());
      Files.writeString(fresh, text);
      assertEquals(
          text, found, "docs/" + name + " is stale; copy tests/target/" + name + " over it");
    }
  }

  /** {@return the page in docs/, empty where there is none} */
  public static String read(String name) throws IOException {
    Path page = Ledger.root().resolve("docs").resolve(name);
    return Files.exists(page) ? Files.readString(page) : "";
  }
}
