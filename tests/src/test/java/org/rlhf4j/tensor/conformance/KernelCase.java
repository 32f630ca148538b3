package org.rlhf4j.tensor.conformance;

import java.util.function.Consumer;

/**
 * One kernel on designed inputs, run on the reference and on another backend.
 *
 * @param family the kernel interface
 * @param method the method of it that is compared
 * @param label what is special about the inputs
 * @param tolerance how far an element may be from the reference
 * @param small whether an emulated backend can run it in reasonable time
 * @param body makes inputs and outputs with the {@link Probe} and calls the kernel once
 */
record KernelCase(
    Class<?> family,
    String method,
    String label,
    Tolerance tolerance,
    boolean small,
    Consumer<Probe> body) {
  /**
   * The bound of one element's error: absolute + relative |expected|. It never grows with the
   * number of elements that are compared.
   *
   * @param reason why no less can be asked of single precision
   */
  record Tolerance(double relative, double absolute, String reason) {
    boolean accepts(double expected, double actual) {
      if (Double.isInfinite((float) expected)) {
        return actual == (float) expected;
      }
      if (Double.isNaN(expected)) {
        return Double.isNaN(actual);
      }
      return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
    }
  }

  @Override
  public String toString() {
    return family.getSimpleName() + "." + method + ": " + label;
  }
}
