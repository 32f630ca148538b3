package org.rlhf4j.rlhf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rlhf4j.autograd.Variable;

/**
 * What a loss function returns.
 *
 * @param loss one number, to be minimised
 * @param metrics figures to watch, already on the host, in the order in which they were put
 */
public record LossOutput(Variable loss, Map<String, Double> metrics) {
  public LossOutput {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }
}
