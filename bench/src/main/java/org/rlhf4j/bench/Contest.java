package org.rlhf4j.bench;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * One thing that we and a peer both do. Contests are the benchmarks of JMH, whose methods come in
 * pairs: {@code forwardOurs} and {@code forwardLibtorch}.
 *
 * @param name what, such as {@code MatrixBenchmark.forward}
 * @param shape its sizes, as the benchmark writes them
 * @param threads how many threads each side may use
 */
record Contest(String name, String shape, int threads, Runnable ours, Runnable peer) {
  /** A benchmark whose inputs are made for one shape and one number of threads. */
  interface Paired {
    void setUp();

    void tearDown();
  }

  /** {@return the shapes that a benchmark names} */
  static List<String> shapes(Class<? extends Paired> benchmark) {
    return List.of(field(benchmark, "shape").getAnnotation(Param.class).value());
  }

  /** {@return the names of a benchmark's pairs} */
  static List<String> names(Class<? extends Paired> benchmark) {
    return Arrays.stream(benchmark.getMethods())
        .filter(method -> method.isAnnotationPresent(Benchmark.class))
        .map(Method::getName)
        .filter(name -> name.endsWith("Ours"))
        .map(name -> name.substring(0, name.length() - "Ours".length()))
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  /** {@return one pair of a benchmark, whose inputs must have been made by {@link #prepare}} */
  static Contest of(Paired benchmark, String name, String shape, int threads) {
    return new Contest(
        benchmark.getClass().getSimpleName() + "." + name,
        shape,
        threads,
        call(benchmark, name + "Ours"),
        call(benchmark, name + "Libtorch"));
  }

  /** {@return a new benchmark with its inputs} */
  static Paired prepare(Class<? extends Paired> benchmark, String shape, int threads) {
    try {
      Paired paired = benchmark.getConstructor().newInstance();
      field(benchmark, "shape").set(paired, shape);
      field(benchmark, "threads").setInt(paired, threads);
      paired.setUp();
      return paired;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(benchmark + " cannot be made", e);
    }
  }

  private static Field field(Class<?> benchmark, String name) {
    try {
      return benchmark.getDeclaredField(name);
    } catch (NoSuchFieldException e) {
      throw new AssertionError(benchmark + " has no parameter " + name, e);
    }
  }

  private static Runnable call(Paired benchmark, String name) {
    try {
      Method method = benchmark.getClass().getMethod(name);
      return () -> {
        try {
          method.invoke(benchmark);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(name + " failed", e);
        }
      };
    } catch (NoSuchMethodException e) {
      throw new AssertionError(benchmark.getClass() + " has no " + name, e);
    }
  }
}
