package org.rlhf4j.cuda.driver;

import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static org.rlhf4j.cuda.driver.CudaStatus.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUstream;

/**
 * Page-locked host memory through which arrays go to the device, so that a copy need not be waited
 * for: the array is free at once, the copy takes its place in the stream. When the memory is full,
 * the stream is waited for and filling starts over.
 */
final class PinnedStaging {
  static final int BYTES = 1 << 22;

  private final CUstream stream;
  private final Runnable synchronize;
  private final Pointer memory = new Pointer();
  private final ByteBuffer bytes;
  private int used;

  /**
   * @param synchronize waits for the stream and calls {@link #restart}
   */
  PinnedStaging(CUstream stream, Runnable synchronize) {
    this.stream = stream;
    this.synchronize = synchronize;
    check(cuMemAllocHost(memory, BYTES), "cuMemAllocHost of " + BYTES + " bytes");
    bytes = memory.getByteBuffer(0, BYTES).order(ByteOrder.nativeOrder());
  }

  /** Every copy was made, so all of the memory is free again. */
  void restart() {
    used = 0;
  }

  void upload(int[] words, long address) {
    for (int done = 0; done < words.length; ) {
      if (used == BYTES) {
        synchronize.run();
      }
      int count = Math.min(words.length - done, (BYTES - used) / 4);
      bytes.position(used);
      bytes.asIntBuffer().put(words, done, count);
      check(
          cuMemcpyHtoDAsync(
              JCudaDriver.at(address + 4L * done), memory.withByteOffset(used), 4L * count, stream),
          "cuMemcpyHtoDAsync of " + 4L * count + " bytes");
      used += 4 * count;
      done += count;
    }
  }

  void free() {
    check(cuMemFreeHost(memory), "cuMemFreeHost");
  }
}
