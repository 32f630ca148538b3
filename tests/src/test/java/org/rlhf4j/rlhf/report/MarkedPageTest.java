package org.rlhf4j.rlhf.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkedPageTest {
  @Test
  void tablesTakeTheirPlaceInAPageAndNothingElseChanges(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("page.md");
    String text = "a\n<!-- run: written by the command above -->\nold\n<!-- run: end -->\nb\n";
    Files.writeString(file, text);
    MarkedPage.read(file, "run").write("new");
    assertEquals(text.replace("old", "\nnew"), Files.readString(file));
    var other =
        assertThrows(IllegalArgumentException.class, () -> MarkedPage.read(file, "bench cpu"));
    assertTrue(String.valueOf(other.getMessage()).contains("<!-- bench cpu: end -->"));
  }
}
