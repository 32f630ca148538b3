package org.rlhf4j.cuda.driver;

import org.rlhf4j.cuda.ptx.PtxModule;

/**
 * All that the CUDA backend asks of a machine: memory in words of four bytes, launches, matrix
 * products, and an order in which they happen (one stream). {@link JCudaDriver} asks a GPU, {@link
 * EmulatedDriver} the interpreter. For one thread.
 *
 * <p>Errors are {@link CudaException}s that name the call.
 */
public interface Driver extends AutoCloseable {
  /** {@return the device and what drives it, for people} */
  String describe();

  /** {@return how many multiprocessors the device has} */
  int multiprocessors();

  /** {@return the address of new memory, a multiple of 256; contents arbitrary} */
  long allocate(long bytes);

  void free(long address);

  /** Copies words to the device; the array may be changed afterwards. */
  void upload(int[] words, long address);

  /** Copies words to the host, after all that was asked before. */
  void download(long address, int[] words);

  /** Copies words within the device. */
  void copy(long from, long to, int count);

  /** Sets words. */
  void fill(long address, int word, int count);

  /** {@return a module ready to launch from, with its parsed signatures} */
  LoadedModule load(PtxModule module, String text);

  /** Starts a kernel; the arguments were checked against the parameters in the text. */
  void launch(LoadedModule module, Launch launch);

  /** Matrix product as cuBLAS has it: column-major. */
  void multiply(Gemm gemm);

  /** Waits for all that was asked. */
  void synchronize();

  /** {@return a mark behind what was asked so far} */
  Event mark();

  /** {@return milliseconds of the device between two marks; waits for the second} */
  double milliseconds(Event from, Event to);

  /** From now on launches, copies within the device and products are recorded, not done. */
  void beginCapture();

  /** {@return what was recorded} */
  Graph endCapture();

  /** Does what was recorded. */
  void replay(Graph graph);

  /** Ends the context; every allocation must have been freed. */
  @Override
  void close();

  /** A module on the device. */
  interface LoadedModule {
    PtxModule source();
  }

  /** A point in the stream of work. */
  interface Event extends AutoCloseable {
    @Override
    void close();
  }

  /** Recorded work. */
  interface Graph extends AutoCloseable {
    @Override
    void close();
  }
}
