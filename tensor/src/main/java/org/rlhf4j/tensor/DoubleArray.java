package org.rlhf4j.tensor;

/** Host memory in double precision: what the reference backend computes in. */
public final class DoubleArray implements HostBuffer {
  private final double[] values;

  public DoubleArray(int length) {
    values = new double[length];
  }

  @Override
  public int length() {
    return values.length;
  }

  @Override
  public double get(int index) {
    return values[index];
  }

  @Override
  public void set(int index, double value) {
    values[index] = value;
  }
}
