package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;

/** Something with parameters. */
public interface Layer {
  /** {@return all parameters, in a fixed order, each with a name unique within the model} */
  List<Parameter> parameters();

  /** {@return how many numbers are learned} */
  default long parameterCount() {
    return parameters().stream().mapToLong(p -> p.value().size()).sum();
  }
}
