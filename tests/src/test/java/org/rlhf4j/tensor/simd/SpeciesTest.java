package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
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
        children.put(bits, fork(bits));
      }
    }
    for (Map.Entry<Integer, Process> child : children.entrySet()) {
      byte[] output = child.getValue().getInputStream().readAllBytes();
      String text = new String(output, StandardCharsets.UTF_8);
      assertEquals(0, child.getValue().waitFor(), child.getKey() + " bits: " + text);
      assertTrue(text.contains("vectors of " + child.getKey() + " bits"), text);
    }
  }

  private static Process fork(int bits) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--add-modules"))
        .forEach(command::add);
    command.add("-XX:MaxVectorSize=" + bits / 8);
    command.add("-Xmx1g");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Suite.class.getName());
    return new ProcessBuilder(command).redirectErrorStream(true).start();
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
