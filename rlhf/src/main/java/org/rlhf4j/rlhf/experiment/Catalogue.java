package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;

/**
 * Reads one of several records, written as its name and its components: {@code {Dpo: {beta: 0.1}}}.
 *
 * @param <T> what they have in common
 */
final class Catalogue<T> extends ValueDeserializer<T> {
  private final String kind;
  private final Map<String, Class<? extends T>> entries = new LinkedHashMap<>();

  /**
   * @param kind what is being named, for the error
   * @param records at least one, named as their classes are
   */
  Catalogue(String kind, List<Class<? extends T>> records) {
    this.kind = kind;
    records.forEach(type -> entries.put(type.getSimpleName(), type));
  }

  @Override
  public T deserialize(JsonParser parser, DeserializationContext context) {
    JsonNode node = context.readTree(parser);
    if (!node.isObject() || node.size() != 1) {
      throw new IllegalArgumentException(
          "%s must be a name with its values, such as {%s: {..}}, got %s"
              .formatted(kind, entries.keySet().iterator().next(), node));
    }
    Map.Entry<String, JsonNode> entry = node.properties().iterator().next();
    Class<? extends T> type = entries.get(entry.getKey());
    if (type == null) {
      throw Nearest.unknown(kind, entry.getKey(), entries.keySet());
    }
    Keys.check(type, entry.getValue(), entry.getKey());
    return context.readTreeAsValue(entry.getValue(), type);
  }
}
