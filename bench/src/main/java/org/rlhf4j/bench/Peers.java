package org.rlhf4j.bench;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * Both sides of a comparison on one thread count: our simd backend, and libtorch through DJL.
 * Inputs are the same normal numbers.
 */
final class Peers implements AutoCloseable {
  /** What a JVM needs to run us. */
  static final String MODULES = "--add-modules=jdk.incubator.vector";

  private final Backend backend;
  private final Pool pool;
  final Workspace workspace;
  final NDManager torch;

  Peers(int threads) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("org.slf4j.simpleLogger.log.ai.djl", "error");
    backend = Backends.open("simd", threads);
    pool = new Pool(backend);
    workspace = new Workspace(pool);
    torch = NDManager.newBaseManager("PyTorch");
    JniUtils.setNumThreads(threads); // the property counts only for the first of a process
  }

  /** {@return normal numbers that depend on the name only} */
  static float[] normal(String name, int size) {
    RandomGenerator generator = new RandomKey(7).child(name).generator();
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) generator.nextGaussian();
    }
    return values;
  }

  Tensor tensor(String name, int... dims) {
    Shape shape = Shape.of(dims);
    return workspace.of(shape, normal(name, shape.size()));
  }

  ai.djl.ndarray.NDArray torch(String name, int... dims) {
    long[] shape = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      shape[i] = dims[i];
    }
    return torch.create(normal(name, Shape.of(dims).size()), new ai.djl.ndarray.types.Shape(shape));
  }

  /** {@return libtorch's copy of a parameter, with a gradient} */
  ai.djl.ndarray.NDArray learned(Parameter parameter) {
    long[] dims = IntStream.of(parameter.value().shape().dims()).asLongStream().toArray();
    ai.djl.ndarray.NDArray value =
        torch.create(parameter.value().toFloats(), new ai.djl.ndarray.types.Shape(dims));
    value.setRequiresGradient(true);
    return value;
  }

  /** Frees all arrays of libtorch that were made on the way to these. */
  static NDList kept(Supplier<NDList> work) {
    NDList results;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      results = work.get();
      NDScope.unregister(results);
    }
    results.forEach(NDScope::register);
    return results;
  }

  Backend backend() {
    return backend;
  }

  Pool pool() {
    return pool;
  }

  @Override
  public void close() {
    workspace.close();
    pool.close();
    backend.close();
    torch.close();
  }
}
