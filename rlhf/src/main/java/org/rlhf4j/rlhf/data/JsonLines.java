package org.rlhf4j.rlhf.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.rlhf4j.nn.WholeFile;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Data as text, a JSON object a line. Further keys are ignored, so that one file of pairs also
 * serves where prompts are wanted. A file is read whole, and refused for its first wrong line,
 * before any work starts.
 */
public final class JsonLines {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PROMPTS = "{\"prompt\": \"..\"}";
  private static final String EXAMPLES = "{\"prompt\": \"..\", \"completion\": \"..\"}";
  private static final String COMPARISONS =
      "{\"prompt\": \"..\", \"chosen\": \"..\", \"rejected\": \"..\"}, perhaps \"margin\": 1.5";

  private static final String CONVERSATIONS =
      "{\"messages\": [{\"role\": \"user\", \"content\": \"..\"}, {\"role\": \"assistant\", ..}, ..]}";

  private JsonLines() {}

  /**
   * Two answers to a prompt, the preferred one first.
   *
   * @param margin how much better it was rated; 0 where the line does not say
   */
  public record Comparison(String prompt, String chosen, String rejected, double margin) {}

  /**
   * {@return lines of {@code {"prompt": ".."}}}
   *
   * @throws IllegalArgumentException if a line is something else; the message names it
   */
  public static List<String> prompts(Path file) {
    return read(file, PROMPTS, line -> text(line, "prompt"));
  }

  /** {@return lines of {@code {"prompt": "..", "completion": ".."}}} */
  public static List<Example> examples(Path file) {
    return read(
        file, EXAMPLES, line -> new Example(text(line, "prompt"), text(line, "completion")));
  }

  /** {@return lines of {@code {"prompt": "..", "chosen": "..", "rejected": ".."}}} */
  public static List<Comparison> comparisons(Path file) {
    return read(
        file,
        COMPARISONS,
        line ->
            new Comparison(
                text(line, "prompt"),
                text(line, "chosen"),
                text(line, "rejected"),
                line.has("margin") ? number(line, "margin") : 0));
  }

  /** {@return lines of {@code {"messages": [{"role": "user", "content": ".."}, ..]}}} */
  public static List<Conversation> conversations(Path file) {
    return read(
        file,
        CONVERSATIONS,
        line -> {
          List<Turn> turns = new ArrayList<>();
          for (JsonNode message : line.path("messages")) {
            turns.add(new Turn(role(text(message, "role")), text(message, "content")));
          }
          return new Conversation(turns);
        });
  }

  private static Turn.Role role(String name) {
    return Stream.of(Turn.Role.values())
        .filter(role -> role.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'role' is '%s' and must be system, user or assistant".formatted(name)));
  }

  private static <T> List<T> read(Path file, String expected, Function<JsonNode, T> parse) {
    List<String> lines = new String(WholeFile.read(file), StandardCharsets.UTF_8).lines().toList();
    List<T> parsed = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        try {
          parsed.add(parse.apply(JSON.readTree(lines.get(i))));
        } catch (JacksonException e) {
          throw wrong(file, i, expected, e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
          throw wrong(file, i, expected, String.valueOf(e.getMessage()), e);
        }
      }
    }
    if (parsed.isEmpty()) {
      throw new IllegalArgumentException(
          "%s is empty; expected are lines of %s".formatted(file, expected));
    }
    return parsed;
  }

  private static IllegalArgumentException wrong(
      Path file, int line, String expected, String reason, RuntimeException cause) {
    return new IllegalArgumentException(
        "%s, line %d: %s; expected is %s"
            .formatted(file, line + 1, reason.lines().findFirst().orElse(""), expected),
        cause);
  }

  private static String text(JsonNode line, String key) {
    JsonNode value = line.path(key);
    if (!value.isString() || value.asString("").isEmpty()) {
      throw new IllegalArgumentException(
          value.isMissingNode()
              ? "'%s' is missing".formatted(key)
              : "'%s' is %s and must be a text".formatted(key, value));
    }
    return value.asString("");
  }

  private static double number(JsonNode line, String key) {
    if (!line.path(key).isNumber()) {
      throw new IllegalArgumentException(
          "'%s' is %s and must be a number".formatted(key, line.path(key)));
    }
    return line.path(key).doubleValue();
  }
}
