package org.rlhf4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Device memory that is no tensor: halves, masks. For one device, until it is closed.
 *
 * @param length in bytes
 */
public record DeviceBytes(CudaBackend backend, long address, int length) implements AutoCloseable {
  /** {@return new memory, all zero} */
  public static DeviceBytes zeros(CudaBackend backend, int length) {
    return of(backend, new byte[length]);
  }

  /** {@return a copy on the device} */
  public static DeviceBytes of(CudaBackend backend, byte[] bytes) {
    int[] words = new int[Math.max(1, Math.ceilDiv(bytes.length, 4))];
    ByteBuffer.wrap(java.util.Arrays.copyOf(bytes, 4 * words.length))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer()
        .get(words);
    long address = backend.driver().allocate(4L * words.length);
    backend.driver().upload(words, address);
    return new DeviceBytes(backend, address, bytes.length);
  }

  /** {@return a copy on the host} */
  public byte[] toBytes() {
    int[] words = new int[Math.max(1, Math.ceilDiv(length, 4))];
    backend.driver().download(address, words);
    ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(words);
    return java.util.Arrays.copyOf(bytes.array(), length);
  }

  @Override
  public void close() {
    backend.driver().free(address);
  }
}
