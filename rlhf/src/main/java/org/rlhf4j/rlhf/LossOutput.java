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
   * {@return the part of a step that this is: a mean over its own batch becomes its share of the
   * mean over all micro-batches}
   *
   * @param share of the step's items that are in this batch, in (0, 1]
   */
  public LossOutput part(double share) {
    Map<String, Double> parts = new LinkedHashMap<>();
    metrics.forEach((name, mean) -> parts.put(name, mean * share));
    return new LossOutput(loss.mul(share), parts);
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
