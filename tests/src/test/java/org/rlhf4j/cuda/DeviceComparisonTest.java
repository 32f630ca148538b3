package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.rlhf4j.cuda.comparison.DeviceComparison;
import org.rlhf4j.cuda.comparison.KernelCases;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.tensor.Backend;

/** What a device computes wrong is in the report, and nothing else. */
class DeviceComparisonTest {
  @Test
  void aWrongKernelIsNamed() {
    String file = "swiglu/1-fours.ptx";
    String text = KernelFiles.text(file);
    String wrong = text.replace("0f3FB8AA3B", "0f3FB8AB3B"); // log2 e, wrong in the fifth digit
    assertFalse(wrong.equals(text));
    try (Backend backend =
        new CudaBackend(
            "wrong",
            ChangedKernel.on(
                new EmulatedDriver(Options.checked()), file, wrong, new TreeSet<>()))) {
      DeviceComparison comparison = DeviceComparison.of(backend);
      assertEquals(KernelCases.all().size(), comparison.cases());
      assertTrue(
          comparison.failures().stream()
              .anyMatch(
                  f -> f.startsWith("ElementKernels.swiGlu ") && f.contains("the reference")));
      assertTrue(
          comparison.failures().stream().allMatch(f -> f.matches("ElementKernels\\.swiGlu .*")),
          comparison.failures().toString());
      String first = comparison.lines().getFirst();
      assertTrue(first.endsWith(comparison.failures().size() + " failures."), first);
    }
  }
}
