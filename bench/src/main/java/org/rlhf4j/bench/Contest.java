package org.rlhf4j.bench;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/**
 * One thing that we and a peer both do. Contests are the benchmarks of JMH, by the names of their
 * methods: {@code forwardOurs} against {@code forwardLibtorch}, {@code forwardMkl}, ...
 *
 * @param name what, such as {@code Matrix.forward}
 * @param shape its sizes, as the benchmark writes them
 * @param threads how many threads each side may use
 */
record Contest(String name, String shape, int threads, Peer peer, Side ours, Side theirs) {
  private static final String OURS = "Ours";

  /** Who else can do it; the name ends that of the method. */
  enum Peer {
    Libtorch("libtorch"),
    Openblas("OpenBLAS"),
    Mkl("MKL"),
    Llama2c("llama2.c"),
    Llmc("llm.c"),
    OneByOne("ours, one by one");

    final String label;

    Peer(String label) {
      this.label = label;
    }
  }

  /** A benchmark whose inputs are made for one shape and one number of threads. */
  interface Paired {
    void setUp();

    void tearDown();

    /**
     * {@return seconds before which ours cannot be warm, where the JIT counts many methods for long
     * before it compiles them}
     */
    default double warmUp() {
      return 0;
    }

    /** {@return whether the peer can be measured here, on these threads} */
    default boolean has(Peer peer, int threads) {
      return true;
    }
  }

  /** What is to be compared: ours with one peer. */
  record Pair(String name, Peer peer) {}

  /** {@return the shapes that a benchmark names} */
  static List<String> shapes(Class<? extends Paired> benchmark) {
    return List.of(field(benchmark, "shape").getAnnotation(Param.class).value());
  }

  /** {@return the pairs of a benchmark, sorted by name} */
  static List<Pair> pairs(Class<? extends Paired> benchmark) {
    List<String> methods = Arrays.stream(benchmark.getMethods()).map(Method::getName).toList();
    return methods.stream()
        .filter(method -> method.endsWith(OURS))
        .map(method -> method.substring(0, method.length() - OURS.length()))
        .sorted()
        .flatMap(name ->
            Arrays.stream(Peer.values())
                .filter(peer -> methods.contains(name + peer))
                .map(peer -> new Pair(name, peer)))
        .toList();
  }

  /** {@return {@code Matrix.forward}, say} */
  static String name(Class<?> benchmark, Pair pair) {
    return benchmark.getSimpleName().replace("Benchmark", "") + "." + pair.name;
  }

  /** {@return one pair of a benchmark, whose inputs must have been made} */
  static Contest of(Paired benchmark, Pair pair, String shape, int threads) {
    return new Contest(
        name(benchmark.getClass(), pair),
        shape,
        threads,
        pair.peer,
        side(benchmark, pair.name + OURS),
        side(benchmark, pair.name + pair.peer));
  }

  /** {@return a new benchmark, not yet set up} */
  static Paired create(Class<? extends Paired> benchmark, String shape, int threads) {
    try {
      Paired paired = benchmark.getConstructor().newInstance();
      field(benchmark, "shape").set(paired, shape);
      field(benchmark, "threads").setInt(paired, threads);
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

  /** A method that takes the number of calls keeps the time itself. */
  private static Side side(Paired benchmark, String name) {
    Method method =
        Arrays.stream(benchmark.getClass().getMethods())
            .filter(m -> m.getName().equals(name))
            .findFirst()
            .orElseThrow(() -> new AssertionError(benchmark.getClass() + " has no " + name));
    return method.getParameterCount() == 0
        ? Side.of(() -> call(method, benchmark))
        : calls -> (double) call(method, benchmark, calls);
  }

  private static Object call(Method method, Paired benchmark, Object... arguments) {
    try {
      Object result = method.invoke(benchmark, arguments);
      return result == null ? benchmark : result;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(method.getName() + " failed", e);
    }
  }
}
