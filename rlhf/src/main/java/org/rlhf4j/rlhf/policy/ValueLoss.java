package org.rlhf4j.rlhf.policy;

import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Constants;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;

/**
 * Regression of a value head on returns, 1/2 mean_t max( (V - R)^2, (clip(V, old +- range) - R)^2 )
 * over the unmasked tokens. The clip holds the critic near the one that sampled: where V has left
 * the interval towards R, the gradient is zero.
 *
 * @param clipRange largest step of V, positive; infinity is the plain squared error. 0.2 in TRL,
 *     0.5 in OpenRLHF and verl
 */
@Equation("value_function")
public record ValueLoss(double clipRange) {
  public ValueLoss {
    if (!(clipRange > 0)) {
      throw new IllegalArgumentException("clipRange must be positive, got " + clipRange);
    }
  }

  /** The plain squared error. */
  public static ValueLoss unclipped() {
    return new ValueLoss(Double.POSITIVE_INFINITY);
  }

  /**
   * The loss of a micro-batch.
   *
   * @param values V, differentiable, [batch, time]
   * @param oldValues of the critic that made the advantages, [batch][time]
   * @param returns R, [batch][time]
   * @param mask true where a token counts, [batch][time]
   * @param totals of all micro-batches of the step
   */
  public LossOutput apply(
      Variable values, double[][] oldValues, double[][] returns, boolean[][] mask, Totals totals) {
    Tape tape = values.tape();
    Variable target = Constants.of(tape, "returns", returns, mask);
    Variable old = Constants.of(tape, "old values", oldValues, mask);
    Variable current = Constants.masked("values", values, mask);
    Variable error = current.sub(target).square();
    Variable clippedError = clipped(current, old).sub(target).square();
    Variable loss =
        new Aggregation.TokenMean().reduce(error.max(clippedError), mask, totals).mul(0.5);

    return new LossOutput(
        loss,
        Figures.of("value/loss", loss)
            .and(
                Figures.of(
                    List.of(current, old),
                    read ->
                        Map.of(
                            "value/clip_fraction",
                            clipFraction(read.get(0), read.get(1), totals)))));
  }

  private Variable clipped(Variable values, Variable old) {
    return Double.isInfinite(clipRange)
        ? values
        : values.sub(old).clamp(-clipRange, clipRange).add(old);
  }

  private double clipFraction(double[] values, double[] old, Totals totals) {
    int clipped = 0;
    for (int i = 0; i < values.length; i++) {
      clipped += Math.abs(values[i] - old[i]) > clipRange ? 1 : 0;
    }
    return clipped / (double) totals.tokens();
  }
}
