package org.rlhf4j.cuda.comparison;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.ReferenceBackend;

/**
 * Runs every case twice on a device, and once on the reference.
 *
 * @param cases how many there are
 * @param kernels how many kernels they use
 * @param failures a sentence each: outputs further from the reference than they may be, runs that
 *     gave other bits than the one before, and what a case threw
 */
public record DeviceComparison(int cases, int kernels, List<String> failures) {
  /** Compares all cases; one that fails does not keep the others from running. */
  public static DeviceComparison of(Backend device) {
    List<KernelCase> all = KernelCases.all();
    List<String> failures = new ArrayList<>();
    for (KernelCase kernel : all) {
      try {
        double[] first = KernelCase.on(device, kernel.body());
        double[] second = KernelCase.on(device, kernel.body());
        if (!Arrays.equals(first, second)) {
          failures.add(kernel + ": the same inputs gave other bits the second time");
        }
        double[] expected = KernelCase.on(new ReferenceBackend(), kernel.body());
        kernel.difference(expected, first).ifPresent(failures::add);
      } catch (RuntimeException e) {
        failures.add(kernel + ": " + e.getMessage());
      }
    }
    int kernels = (int) all.stream().map(KernelCase::kernel).distinct().count();
    return new DeviceComparison(all.size(), kernels, List.copyOf(failures));
  }

  /** {@return what a report says} */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d cases of %d kernels, each run twice: %s"
            .formatted(
                cases,
                kernels,
                failures.isEmpty()
                    ? "all agree with the reference, with the same bits both times."
                    : failures.size() + " failures."));
    failures.forEach(failure -> lines.add("- " + failure));
    return lines;
  }
}
