package org.rlhf4j.rlhf;

import java.util.Map;
import org.rlhf4j.autograd.Variable;

/**
 * What a loss function returns.
 *
 * @param loss one number, to be minimised
 * @param figures to watch; not yet read from the device
 */
public record LossOutput(Variable loss, Figures figures) {
  /** A loss that is its own only figure. */
  public LossOutput(String name, Variable loss) {
    this(loss, Figures.of(name, loss));
  }

  /**
   * {@return the part of a step that this is: a mean over its own batch becomes its share of the
   * mean over all micro-batches}
   *
   * @param share of the step's items that are in this batch, in (0, 1]
   */
  public LossOutput part(double share) {
    return new LossOutput(loss.mul(share), figures.mul(share));
  }

  /** {@return all figures, on the host, in the order in which the loss states them} */
  public Map<String, Double> metrics() {
    return figures.read();
  }

  /**
   * {@return one figure, on the host}
   *
   * @throws IllegalArgumentException if the loss does not report it
   */
  public double metric(String name) {
    Map<String, Double> metrics = metrics();
    Double figure = metrics.get(name);
    if (figure == null) {
      throw new IllegalArgumentException(
          "there is no metric " + name + "; there are " + metrics.keySet());
    }
    return figure;
  }
}
