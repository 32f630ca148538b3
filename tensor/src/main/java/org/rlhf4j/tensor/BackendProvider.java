package org.rlhf4j.tensor;

import java.util.Set;

/** How a jar offers backends by name, found through {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** {@return the names this provider opens} */
  Set<String> names();

  /**
   * {@return a new backend}
   *
   * @param name one of {@link #names}
   * @param threads how many threads a host backend may use; the results do not depend on it
   */
  Backend open(String name, int threads);
}
