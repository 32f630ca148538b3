package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.rlhf4j.OwnJvm;
import org.rlhf4j.tensor.conformance.ConformanceTest;

/**
 * The kernels on vectors of every width, not just the widest of this machine. A width is fixed when
 * a JVM starts: the usual tests have the widest, and each other runs the same tests in a JVM of its
 * own.
 */
class SpeciesTest {
  private static final int[] BITS = {128, 256, 512};

  /** Fewer tests than this mean that they were not found. */
  private static final int LEAST = 500;

  @Test
  void kernelsAreRightOnVectorsOfEveryWidth() throws Exception {
    Map<Integer, Process> children = new LinkedHashMap<>();
    for (int bits : BITS) {
      // no machine can do more than its widest, which the tests of this JVM have
      if (bits < Lanes.F.vectorBitSize()) {
        children.put(
            bits,
            OwnJvm.start(
                Suite.class, "-XX:MaxVectorSize=" + bits / 8, "-Xmx1g", "-XX:+UseSerialGC"));
      }
    }
    for (Map.Entry<Integer, Process> child : children.entrySet()) {
      byte[] output = child.getValue().getInputStream().readAllBytes();
      String text = new String(output, StandardCharsets.UTF_8);
      assertEquals(0, child.getValue().waitFor(), child.getKey() + " bits: " + text);
      assertTrue(text.contains("vectors of " + child.getKey() + " bits"), text);
    }
  }

  /** What the other JVM runs. */
  static final class Suite {
    private Suite() {}

    public static void main(String[] arguments) {
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(
                      selectMethod(ConformanceTest.class, "agreesWithReference"),
                      selectClass(VectorMathTest.class))
                  .build(),
              listener);
      TestExecutionSummary summary = listener.getSummary();
      System.out.println(
          "%d tests on vectors of %d bits"
              .formatted(summary.getTestsSucceededCount(), Lanes.F.vectorBitSize()));
      summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
      boolean right =
          summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() >= LEAST;
      System.exit(right ? 0 : 1);
    }
  }
}
