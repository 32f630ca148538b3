package org.rlhf4j.tensor.conformance;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;
import org.rlhf4j.tensor.kernel.MatrixKernels;
import org.rlhf4j.tensor.kernel.NormKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.RandomKernels;
import org.rlhf4j.tensor.kernel.RowKernels;
import org.rlhf4j.tensor.kernel.SamplingKernels;

/**
 * Runs a case on one backend: the same inputs on each, rounded to single precision; outputs
 * remembered; calls of kernels recorded, so that a case that misses its kernel is found out.
 */
final class Probe implements AutoCloseable {
  private final Backend backend;
  private final Pool pool;
  private final Workspace workspace;
  private final List<Tensor> outputs = new ArrayList<>();
  private final List<int[]> integers = new ArrayList<>();
  private final Set<String> calls = new LinkedHashSet<>();
  private int seed;

  Probe(Backend backend) {
    this.backend = backend;
    pool = new Pool(backend);
    workspace = new Workspace(pool);
  }

  /** {@return an input with these elements} */
  Tensor in(Shape shape, IntToDoubleFunction element) {
    double[] values = new double[shape.size()];
    Arrays.setAll(values, i -> (float) element.applyAsDouble(i));
    return workspace.of(shape, values);
  }

  /** {@return an input of normal deviates, different from all others of this case} */
  Tensor normal(Shape shape) {
    return normal(shape, 1);
  }

  Tensor normal(Shape shape, double deviation) {
    SplittableRandom random = new SplittableRandom(++seed);
    return in(shape, _ -> deviation * random.nextGaussian());
  }

  /** {@return an input of uniform numbers} */
  Tensor uniform(Shape shape, double low, double high) {
    SplittableRandom random = new SplittableRandom(++seed);
    return in(shape, _ -> random.nextDouble(low, high));
  }

  /** {@return what is neither an input nor an output} */
  Tensor zeros(Shape shape) {
    return workspace.zeros(shape);
  }

  /** {@return a weight, packed for products} */
  Tensor pack(Tensor weight) {
    return matrices().pack(weight, workspace);
  }

  /** {@return an output that is poisoned: whatever the kernel leaves unwritten is NaN} */
  Tensor out(Shape shape) {
    return out(in(shape, _ -> Double.NaN));
  }

  /** {@return an output that is added into and holds values already} */
  Tensor sum(Shape shape) {
    return out(normal(shape));
  }

  /** {@return the tensor, which is also an output} */
  Tensor out(Tensor tensor) {
    outputs.add(tensor);
    return tensor;
  }

  /** An output that is not a tensor. */
  void out(int[] values) {
    integers.add(values);
  }

  List<double[]> results() {
    List<double[]> results = new ArrayList<>();
    outputs.forEach(tensor -> results.add(tensor.toDoubles()));
    integers.forEach(values -> results.add(Arrays.stream(values).asDoubleStream().toArray()));
    return results;
  }

  Set<String> calls() {
    return calls;
  }

  ElementKernels elements() {
    return recorded(ElementKernels.class, backend.elements());
  }

  RowKernels rows() {
    return recorded(RowKernels.class, backend.rows());
  }

  MatrixKernels matrices() {
    return recorded(MatrixKernels.class, backend.matrices());
  }

  NormKernels norms() {
    return recorded(NormKernels.class, backend.norms());
  }

  AttentionKernels attention() {
    return recorded(AttentionKernels.class, backend.attention());
  }

  EmbeddingKernels embeddings() {
    return recorded(EmbeddingKernels.class, backend.embeddings());
  }

  OptimizerKernels optimizers() {
    return recorded(OptimizerKernels.class, backend.optimizers());
  }

  RandomKernels randoms() {
    return recorded(RandomKernels.class, backend.randoms());
  }

  SamplingKernels sampling() {
    return recorded(SamplingKernels.class, backend.sampling());
  }

  private <T> T recorded(Class<T> family, T kernels) {
    return family.cast(
        Proxy.newProxyInstance(
            family.getClassLoader(),
            new Class<?>[] {family},
            (_, method, arguments) -> {
              calls.add(family.getSimpleName() + "." + method.getName());
              try {
                return method.invoke(kernels, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Override
  public void close() {
    workspace.close();
    pool.close();
  }
}
