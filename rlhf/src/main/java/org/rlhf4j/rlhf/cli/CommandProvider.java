package org.rlhf4j.rlhf.cli;

import java.util.List;

/** How another jar adds commands, found through {@link java.util.ServiceLoader}. */
public interface CommandProvider {
  /** {@return objects annotated as picocli commands} */
  default List<Object> commands() {
    return List.of();
  }

  /** {@return subcommands of {@code bench}, likewise annotated} */
  default List<Object> benchmarks() {
    return List.of();
  }
}
