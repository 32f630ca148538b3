package org.rlhf4j.tensor;

/** Host memory in single precision. */
public final class FloatArray implements HostBuffer {
  private final float[] values;

  public FloatArray(int length) {
    values = new float[length];
  }

  /** {@return the array itself, for kernels} */
  public float[] values() {
    return values;
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
    values[index] = (float) value;
  }
}
