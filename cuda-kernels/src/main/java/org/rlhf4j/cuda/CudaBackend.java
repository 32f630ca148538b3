package org.rlhf4j.cuda;

import org.rlhf4j.cuda.driver.Driver;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Buffer;
import org.rlhf4j.tensor.Tensor;
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
 * The kernels in PTX on whatever the driver drives, in single precision. Everything but the driver
 * is the same on a GPU and on the emulator.
 */
public final class CudaBackend implements Backend {
  private final String name;
  private final Device device;
  private final ElementKernels elements;
  private final RowKernels rows;
  private final MatrixKernels matrices;
  private final NormKernels norms;
  private final AttentionKernels attention;
  private final EmbeddingKernels embeddings;
  private final OptimizerKernels optimizers;
  private final RandomKernels randoms;
  private final SamplingKernels sampling;

  /** Takes the driver over and closes it. */
  public CudaBackend(String name, Driver driver) {
    this.name = name;
    device = new Device(driver);
    elements = new CudaElements(device);
    rows = new CudaRows(device);
    matrices = new CudaMatrices(device);
    norms = new CudaNorms(device);
    attention = new CudaAttention(device);
    embeddings = new CudaEmbeddings(device);
    optimizers = new CudaOptimizers(device);
    randoms = new CudaRandoms(device);
    sampling = new CudaSampling(device);
  }

  @Override
  public String name() {
    return name;
  }

  Device device() {
    return device;
  }

  /** {@return what drives the device} */
  public Driver driver() {
    return device.driver();
  }

  /** {@return where the elements of a tensor of this backend are on its device} */
  public static long address(Tensor tensor) {
    return Device.address(tensor);
  }

  @Override
  public Buffer allocate(int length) {
    return new CudaBuffer(device.driver().allocate(4L * length), length);
  }

  @Override
  public void free(Buffer buffer) {
    device.driver().free(((CudaBuffer) buffer).address());
  }

  @Override
  public void upload(double[] values, Buffer buffer) {
    int[] words = new int[values.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = Float.floatToRawIntBits((float) values[i]);
    }
    device.driver().upload(words, ((CudaBuffer) buffer).address());
  }

  @Override
  public void download(Buffer buffer, double[] values) {
    int[] words = new int[values.length];
    device.driver().download(((CudaBuffer) buffer).address(), words);
    for (int i = 0; i < words.length; i++) {
      values[i] = Float.intBitsToFloat(words[i]);
    }
  }

  /** The launches of a step that was seen before run as one graph. */
  @Override
  public void repeat(Runnable step) {
    device.repeat(step);
  }

  @Override
  public ElementKernels elements() {
    return elements;
  }

  @Override
  public RowKernels rows() {
    return rows;
  }

  @Override
  public MatrixKernels matrices() {
    return matrices;
  }

  @Override
  public NormKernels norms() {
    return norms;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public EmbeddingKernels embeddings() {
    return embeddings;
  }

  @Override
  public OptimizerKernels optimizers() {
    return optimizers;
  }

  @Override
  public RandomKernels randoms() {
    return randoms;
  }

  @Override
  public SamplingKernels sampling() {
    return sampling;
  }

  @Override
  public void close() {
    device.close();
  }
}
