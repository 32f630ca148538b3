package org.rlhf4j.rlhf.ledger;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages for people lead somewhere. */
class LinksTest {
  private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#]+)[^)]*\\)");

  static Stream<Path> pages() throws IOException {
    Path root = Ledger.root();
    try (Stream<Path> docs = Files.list(root.resolve("docs"))) {
      Stream<Path> readmes =
          Stream.of("README.md", "cuda-kernels/README.md").map(name -> root.resolve(name));
      return Stream.concat(
              readmes, docs.filter(page -> page.toString().endsWith(".md")).toList().stream())
          .sorted();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkExists(Path page) throws IOException {
    Matcher link = LINK.matcher(Files.readString(page));
    while (link.find()) {
      assertTrue(Files.exists(page.resolveSibling(link.group(1))), page + ": " + link.group(1));
    }
  }

  /** From the README a newcomer is at the loss, and at its proof, in one click each. */
  @Test
  void theReadmeLeadsToDpo() throws IOException {
    String readme = Files.readString(Ledger.root().resolve("README.md"));
    assertTrue(readme.contains("(rlhf/src/main/java/org/rlhf4j/rlhf/direct/Dpo.java)"));
  }
}
