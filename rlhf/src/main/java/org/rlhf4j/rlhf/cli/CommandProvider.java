package org.rlhf4j.rlhf.cli;

import java.util.List;

/** How another jar adds commands, found through {@link java.util.ServiceLoader}. */
public interface CommandProvider {
  /** {@return objects annotated as picocli commands} */
  List<Object> commands();
}
