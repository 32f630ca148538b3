package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.cuda.comparison.KernelCase;
import org.rlhf4j.cuda.comparison.KernelCases;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.ptx.Approximation;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.ReferenceBackend;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;
import org.rlhf4j.tensor.kernel.MatrixKernels;
import org.rlhf4j.tensor.kernel.NormKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.RandomKernels;
import org.rlhf4j.tensor.kernel.RowKernels;
import org.rlhf4j.tensor.kernel.SamplingKernels;

/** Every kernel of the CUDA backend, on the emulator with every check, against the reference. */
class ConformanceTest {
  private static final List<Class<?>> FAMILIES =
      List.of(
          AttentionKernels.class,
          ElementKernels.class,
          EmbeddingKernels.class,
          MatrixKernels.class,
          NormKernels.class,
          OptimizerKernels.class,
          RandomKernels.class,
          RowKernels.class,
          SamplingKernels.class);

  /** What a device can do beyond the interface of a backend. */
  private static final List<Class<?>> DEVICE_ONLY = List.of(DeviceCasts.class, DeviceSoftmax.class);

  static List<KernelCase> cases() {
    return KernelCases.all();
  }

  @Test
  void everyKernelHasACaseAndIsOverridden() throws ReflectiveOperationException {
    Set<String> covered =
        cases().stream().map(KernelCase::kernel).collect(Collectors.toCollection(TreeSet::new));
    Set<String> kernels = new TreeSet<>();
    try (Backend backend = emulated(Options.checked())) {
      for (Class<?> family : FAMILIES) {
        for (Method method : family.getDeclaredMethods()) {
          if (method.isDefault()) {
            kernels.add(family.getSimpleName() + "." + method.getName());
            Object implementation = implementation(backend, family);
            Method found =
                implementation.getClass().getMethod(method.getName(), method.getParameterTypes());
            assertFalse(found.isDefault(), method + " is left to the host loop");
          }
        }
      }
    }
    assertFalse(kernels.isEmpty());
    for (Class<?> operations : DEVICE_ONLY) {
      for (Method method : operations.getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())) {
          kernels.add(operations.getSimpleName() + "." + method.getName());
        }
      }
    }
    assertEquals(kernels, covered);
  }

  private static Object implementation(Backend backend, Class<?> family)
      throws ReflectiveOperationException {
    for (Method method : Backend.class.getMethods()) {
      if (method.getReturnType() == family) {
        return method.invoke(backend);
      }
    }
    throw new AssertionError("no accessor for " + family);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesAnywhereInsideOfTheDocumentedErrors(KernelCase kernel) {
    double[] expected = KernelCase.on(new ReferenceBackend(), kernel.body());
    try (Backend backend = emulated(Options.checked().with(Approximation.MOVED))) {
      assertAgrees(kernel, expected, KernelCase.on(backend, kernel.body()));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheReferenceAndIsBitEqualUnderEverySchedule(KernelCase kernel) {
    Options options = Options.checked();
    double[] forward;
    try (Backend backend = emulated(options)) {
      forward = KernelCase.on(backend, kernel.body());
    }
    assertAgrees(kernel, KernelCase.on(new ReferenceBackend(), kernel.body()), forward);
    for (Options schedule :
        List.of(
            options.with(Options.Order.REVERSED, Options.Divergence.HIGHEST_FIRST, 0),
            options.with(Options.Order.RANDOM, Options.Divergence.LOWEST_FIRST, 1))) {
      try (Backend backend = emulated(schedule)) {
        assertArrayEquals(forward, KernelCase.on(backend, kernel.body()), kernel.toString());
      }
    }
  }

  @Test
  void isFoundByName() {
    try (Backend backend = Backends.open("cuda-emulated", 1)) {
      assertEquals("cuda-emulated", backend.name());
    }
  }

  private static void assertAgrees(KernelCase kernel, double[] expected, double[] actual) {
    kernel.difference(expected, actual).ifPresent(Assertions::fail);
  }

  private static Backend emulated(Options options) {
    return new CudaBackend("cuda-emulated", new EmulatedDriver(options));
  }
}
