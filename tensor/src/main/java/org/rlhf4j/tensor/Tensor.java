package org.rlhf4j.tensor;

/**
 * A shape on a piece of memory: data without mathematics and without gradient. Row-major and
 * contiguous always. Lives until its {@link Workspace} closes or releases it.
 */
public final class Tensor {
  private final Shape shape;
  private final Allocation allocation;

  Tensor(Shape shape, Allocation allocation) {
    this.shape = shape;
    this.allocation = allocation;
  }

  public Shape shape() {
    return shape;
  }

  public int size() {
    return shape.size();
  }

  public Backend backend() {
    return allocation.backend();
  }

  /**
   * {@return the memory, of at least {@link #size} elements}
   *
   * @throws IllegalStateException if the memory was given back
   */
  public Buffer buffer() {
    return allocation.buffer(shape);
  }

  /** {@return the memory, for kernels of backends that live on the host} */
  public HostBuffer host() {
    return (HostBuffer) buffer();
  }

  /** {@return the array of a single-precision host backend, for kernels} */
  public float[] floats() {
    return ((FloatArray) buffer()).values();
  }

  /** {@return the same memory under another shape of equal size} */
  public Tensor reshape(Shape other) {
    if (other.size() != shape.size()) {
      throw new IllegalArgumentException(
          "cannot reshape %s of %d elements to %s of %d"
              .formatted(shape, shape.size(), other, other.size()));
    }
    return new Tensor(other, allocation);
  }

  /** {@return whether the other is the same memory, if under another shape} */
  public boolean sharesMemory(Tensor other) {
    return allocation == other.allocation;
  }

  /**
   * {@return the only element, on the host}
   *
   * @throws IllegalStateException if there is more than one
   */
  public double item() {
    if (shape.size() != 1) {
      throw new IllegalStateException(
          "item() needs exactly one element, but the shape is " + shape);
    }
    return toDoubles()[0];
  }

  /** {@return a copy on the host} */
  public float[] toFloats() {
    double[] doubles = toDoubles();
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }

  /** {@return a copy on the host, in double precision} */
  public double[] toDoubles() {
    double[] values = new double[shape.size()];
    backend().download(buffer(), values);
    return values;
  }

  /** Overwrites all elements from the host. */
  public void set(double... values) {
    checkCount(values.length);
    backend().upload(values, buffer());
  }

  /** Overwrites all elements from the host. */
  public void set(float[] values) {
    if (buffer() instanceof FloatArray array) {
      checkCount(values.length);
      System.arraycopy(values, 0, array.values(), 0, values.length);
      return;
    }
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    set(doubles);
  }

  private void checkCount(int values) {
    if (values != shape.size()) { // a name with a shape in it costs more than a check
      Check.sameCount("values", values, "the tensor of shape " + shape, shape.size());
    }
  }

  Allocation allocation() {
    return allocation;
  }

  @Override
  public String toString() {
    return "Tensor" + shape + "@" + backend().name();
  }
}
