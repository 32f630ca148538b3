package org.rlhf4j.rlhf.experiment;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The keys of a record are its components: all of them, and no others. */
final class Keys {
  private Keys() {}

  /**
   * Refuses a key that is missing or unknown, here or in records within.
   *
   * @param path where the node stands, for the error; empty at the root
   */
  static void check(Class<?> type, JsonNode node, String path) {
    List<String> components =
        Stream.of(type.getRecordComponents()).map(RecordComponent::getName).toList();
    String prefix = path.isEmpty() ? "" : path + ".";
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          "%s is '%s'; expected are the keys %s"
              .formatted(path, node.asString(""), String.join(", ", components)));
    }
    for (String key : node.propertyNames()) {
      if (!components.contains(key)) {
        throw Nearest.unknown(
            "key", prefix + key, components.stream().map(prefix::concat).toList());
      }
    }
    for (RecordComponent component : type.getRecordComponents()) {
      JsonNode value = node.path(component.getName());
      if (value.isMissingNode()) {
        throw new IllegalArgumentException(
            "the key %s is missing; expected is a value of type %s"
                .formatted(prefix + component.getName(), component.getType().getSimpleName()));
      }
      if (component.getType().isRecord()) {
        check(component.getType(), value, prefix + component.getName());
      }
    }
  }
}
