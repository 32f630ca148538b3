package org.rlhf4j.nn;

import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;

/** Opens a backend for the length of a test. */
final class On {
  private On() {}

  interface Body {
    void accept(Workspace workspace) throws Exception;
  }

  static void backend(String name, Body body) throws Exception {
    try (Backend backend = Backends.open(name, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      body.accept(workspace);
    }
  }

  static void reference(Body body) throws Exception {
    backend("reference", body);
  }
}
