package org.rlhf4j.cuda;

import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.tensor.Check;

/**
 * Which columns of a row of scores count. What is hidden is never read into a result, so it may be
 * NaN.
 *
 * @param mask address of one byte a column, 0 where it is hidden; or 0 for no mask
 * @param rowsEach how many rows one after the other share a row of the mask
 * @param period rows of one matrix of scores, if causal; or 0
 * @param offset row r sees the columns up to r mod period + offset, if causal
 */
public record Visible(long mask, int rowsEach, int period, int offset) {
  /** Every column. */
  public static final Visible ALL = new Visible(0, 1, 0, 0);

  /**
   * {@return the columns up to the row's own position plus {@code offset}, such as the length of
   * the cache before it}
   */
  public static Visible causal(int period, int offset) {
    Check.positive("period", period);
    return new Visible(0, 1, period, offset);
  }

  /** {@return those of them where a mask {@code [rows / rowsEach, columns]} is not 0} */
  public Visible where(DeviceBytes bytes, int rowsEach) {
    Check.positive("rowsEach", rowsEach);
    return new Visible(bytes.address(), rowsEach, period, offset);
  }

  Launch arguments(Launch launch) {
    return launch.pointer(mask).whole(rowsEach).whole(period).whole(offset);
  }
}
