package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {
  @TempDir private Path folder = Path.of("");

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("data.jsonl"), content);
  }

  @Test
  void pairsAreReadWithTheirMarginsAndServeAsPrompts() throws IOException {
    Path file =
        file(
            """
            {"prompt": "a", "chosen": "b", "rejected": "c", "margin": 1.5}

            {"prompt": "é", "chosen": "y", "rejected": "z"}
            """);
    assertEquals(
        List.of(
            new JsonLines.Comparison("a", "b", "c", 1.5),
            new JsonLines.Comparison("é", "y", "z", 0)),
        JsonLines.comparisons(file));
    assertEquals(List.of("a", "é"), JsonLines.prompts(file));
  }

  @Test
  void conversationsKeepTheirTurns() throws IOException {
    Path file =
        file(
            """
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, \
            {"role": "assistant", "content": "a"}]}
            """);
    assertEquals(
        List.of(Conversation.of(Turn.system("s"), Turn.user("u"), Turn.assistant("a"))),
        JsonLines.conversations(file));
    for (String wrong :
        List.of(
            "{}",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}]}",
            "{\"messages\": [{\"role\": \"bot\", \"content\": \"u\"}]}")) {
      Path refused = file(wrong);
      var why =
          assertThrows(IllegalArgumentException.class, () -> JsonLines.conversations(refused));
      assertTrue(String.valueOf(why.getMessage()).contains("line 1: "), why.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"prompt\": \"a\"} | 'completion' is missing",
        "{\"prompt\": 3, \"completion\": \"b\"} | 'prompt' is 3 and must be a text",
        "{\"prompt\": \"\", \"completion\": \"b\"} | must be a text",
        "[1, 2] | 'prompt' is missing",
        "{\"prompt\": | expected is",
      })
  void theFirstWrongLineIsNamed(String line, String reason) throws IOException {
    Path file = file("{\"prompt\": \"a\", \"completion\": \"b\"}\n" + line + "\n");
    var refused = assertThrows(IllegalArgumentException.class, () -> JsonLines.examples(file));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("data.jsonl, line 2: "), message);
    assertTrue(message.contains(reason), message);
    assertTrue(message.contains("{\"prompt\": \"..\", \"completion\": \"..\"}"), message);
    assertEquals(1, message.lines().count());
  }

  @Test
  void anEmptyFileIsRefused() throws IOException {
    Path file = file("\n");
    assertThrows(IllegalArgumentException.class, () -> JsonLines.prompts(file));
  }
}
