package org.rlhf4j.tensor.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;

/** Every kernel of every backend that runs here, against the reference. */
public class ConformanceTest {
  /** Kernels that simd leaves to the reference, with the reason. */
  private static final Set<String> LEFT_TO_REFERENCE =
      Set.of("OptimizerKernels.clipFactor"); // one number

  /** {@return the backends to compare: all that need no device} */
  private static List<String> backends() {
    List<String> names = new ArrayList<>(Backends.names());
    names.removeAll(List.of("reference", "cuda"));
    return names;
  }

  @TestFactory
  Stream<DynamicTest> agreesWithReference() {
    return backends().stream()
        .flatMap(name ->
            KernelCases.all().stream()
                .filter(kernelCase -> name.equals("simd") || kernelCase.small())
                .map(kernelCase ->
                    DynamicTest.dynamicTest(
                        name + " " + kernelCase, () -> compare(kernelCase, name))));
  }

  private static void compare(KernelCase kernelCase, String name) {
    List<double[]> expected = run(kernelCase, "reference", 1);
    List<double[]> actual = run(kernelCase, name, 1);
    assertFalse(expected.isEmpty(), "the case has no output");
    for (int o = 0; o < expected.size(); o++) {
      for (int i = 0; i < expected.get(o).length; i++) {
        double want = expected.get(o)[i];
        double got = actual.get(o)[i];
        assertTrue(
            kernelCase.tolerance().accepts(want, got),
            "output %d[%d] is %s but the reference has %s; tolerance %s"
                .formatted(o, i, got, want, kernelCase.tolerance()));
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> threadsDoNotChangeBits() {
    return KernelCases.all().stream()
        .map(kernelCase ->
            DynamicTest.dynamicTest(
                kernelCase.toString(),
                () -> {
                  List<double[]> one = run(kernelCase, "simd", 1);
                  for (int threads = 2; threads <= 3; threads++) {
                    List<double[]> more = run(kernelCase, "simd", threads);
                    for (int o = 0; o < one.size(); o++) {
                      assertSameBits(one.get(o), more.get(o), threads);
                    }
                  }
                }));
  }

  private static void assertSameBits(double[] one, double[] more, int threads) {
    for (int i = 0; i < one.length; i++) {
      assertEquals(
          Double.doubleToLongBits(one[i]),
          Double.doubleToLongBits(more[i]),
          "element %d is %s with 1 thread but %s with %d".formatted(i, one[i], more[i], threads));
    }
  }

  @Test
  void everyKernelHasACaseThatCallsIt() {
    Set<String> kernels = new TreeSet<>();
    for (Class<?> family : KernelCases.families()) {
      for (Method method : family.getMethods()) {
        kernels.add(family.getSimpleName() + "." + method.getName());
      }
    }
    assertTrue(kernels.size() > 40, "reflection found only " + kernels);
    Set<String> covered = new TreeSet<>();
    for (KernelCase kernelCase : KernelCases.all()) {
      try (Backend backend = Backends.open("simd", 1);
          Probe probe = new Probe(backend)) {
        kernelCase.body().accept(probe);
        String name = kernelCase.family().getSimpleName() + "." + kernelCase.method();
        assertTrue(probe.calls().contains(name), kernelCase + " calls " + probe.calls());
        covered.add(name);
      }
    }
    assertEquals(kernels, covered, "kernels, and kernels with a case");
  }

  @Test
  void simdOverridesAllButTheKernelsNamedHere() {
    Set<String> left = new TreeSet<>();
    try (Backend simd = Backends.open("simd", 1)) {
      for (Object kernels : families(simd)) {
        for (Class<?> family : kernels.getClass().getInterfaces()) {
          for (Method method : family.getMethods()) {
            if (implementation(kernels, method).isDefault()) {
              left.add(family.getSimpleName() + "." + method.getName());
            }
          }
        }
      }
    }
    assertEquals(
        new TreeSet<>(LEFT_TO_REFERENCE),
        left,
        "kernels that simd leaves to the reference: "
            + left.stream().collect(Collectors.joining(", ")));
  }

  private static List<Object> families(Backend backend) {
    return List.of(
        backend.elements(),
        backend.rows(),
        backend.matrices(),
        backend.norms(),
        backend.attention(),
        backend.embeddings(),
        backend.optimizers(),
        backend.randoms(),
        backend.sampling());
  }

  private static Method implementation(Object kernels, Method method) {
    try {
      return kernels.getClass().getMethod(method.getName(), method.getParameterTypes());
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  private static List<double[]> run(KernelCase kernelCase, String name, int threads) {
    try (Backend backend = Backends.open(name, threads);
        Probe probe = new Probe(backend)) {
      kernelCase.body().accept(probe);
      return probe.results();
    }
  }
}
