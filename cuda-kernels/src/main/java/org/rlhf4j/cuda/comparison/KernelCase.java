package org.rlhf4j.cuda.comparison;

import java.util.Locale;
import java.util.Optional;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;

/**
 * One use of a kernel, run on the reference backend and on CUDA.
 *
 * @param kernel the interface method, {@code RowKernels.softmax}
 * @param label what is particular about the inputs
 * @param body runs it and gives the outputs
 * @param tolerance largest difference that is allowed for an output, given the reference's value
 */
public record KernelCase(String kernel, String label, Body body, Tolerance tolerance) {
  /** Runs a kernel with tensors of the workspace. */
  public interface Body {
    double[] run(Backend backend, Workspace workspace);
  }

  /** Per element; never grows with the size of a tensor. */
  public interface Tolerance {
    double at(double reference);

    /** {@return relative to the reference, absolute below 1} */
    static Tolerance relative(double tolerance) {
      return reference -> tolerance * Math.max(1, Math.abs(reference));
    }

    /** An error of the exponent grows with |log p|, because the product with log2 e is rounded. */
    static double probability(double p) {
      return 5e-7 * (1 + Math.abs(Math.log(Math.max(Math.abs(p), 1e-300)))) * Math.abs(p);
    }
  }

  /** {@return the outputs of a body on a backend} */
  public static double[] on(Backend backend, Body body) {
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      return body.run(backend, workspace);
    }
  }

  /** {@return the first output that differs by more than it may, as a sentence; or nothing} */
  public Optional<String> difference(double[] expected, double[] actual) {
    if (expected.length != actual.length) {
      return Optional.of(this + ": " + expected.length + " outputs expected, got " + actual.length);
    }
    for (int i = 0; i < expected.length; i++) {
      // what a float cannot hold is infinite on the device
      double want = Math.abs(expected[i]) > Float.MAX_VALUE ? (float) expected[i] : expected[i];
      boolean same = Double.compare(want, actual[i]) == 0;
      // below the smallest normal float a device may flush to zero
      double allowed = tolerance.at(want) + Float.MIN_NORMAL;
      if (!same && !(Math.abs(want - actual[i]) <= allowed)) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "%s: output %d is %.9g, the reference has %.9g; allowed difference %.3g",
                this,
                i,
                actual[i],
                want,
                allowed));
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return kernel + " " + label;
  }
}
