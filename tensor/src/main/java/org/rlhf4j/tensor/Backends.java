package org.rlhf4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.rlhf4j.tensor.simd.SimdBackend;

/** Opens backends by name; never guesses and never falls back. */
public final class Backends {
  private Backends() {}

  /** {@return the names that can be opened here, sorted} */
  public static List<String> names() {
    TreeSet<String> names = new TreeSet<>(List.of("reference", "simd"));
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      names.addAll(provider.names());
    }
    return new ArrayList<>(names);
  }

  /**
   * {@return a new backend; the caller closes it}
   *
   * @param name {@code reference}, {@code simd}, or a name of a {@link BackendProvider}
   * @param threads how many threads a host backend may use; the results do not depend on it
   * @throws IllegalArgumentException if no backend has that name
   */
  public static Backend open(String name, int threads) {
    Check.positive("threads", threads);
    return switch (name) {
      case "reference" -> new ReferenceBackend();
      case "simd" -> new SimdBackend(threads);
      default -> provided(name, threads);
    };
  }

  private static Backend provided(String name, int threads) {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.names().contains(name)) {
        return provider.open(name, threads);
      }
    }
    throw new IllegalArgumentException(
        "there is no backend named %s; available are %s"
            .formatted(name, String.join(", ", names())));
  }
}
