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

  /**
   * {@return one figure}
   *
   * @throws IllegalArgumentException if the loss does not report it
   */
  public double metric(String name) {
    Double figure = metrics.get(name);
    if (figure == null) {
      throw new IllegalArgumentException(
          "there is no metric " + name + "; there are " + metrics.keySet());
    }
    return figure;
  }
}
