package org.rlhf4j.tensor;

/** What backends on host memory share: copies, and nothing to free by hand. */
public interface HostBackend extends Backend {
  @Override
  HostBuffer allocate(int length);

  @Override
  default void free(Buffer buffer) {}

  @Override
  default void upload(double[] values, Buffer buffer) {
    HostBuffer host = (HostBuffer) buffer;
    for (int i = 0; i < values.length; i++) {
      host.set(i, values[i]);
    }
  }

  @Override
  default void download(Buffer buffer, double[] values) {
    HostBuffer host = (HostBuffer) buffer;
    for (int i = 0; i < values.length; i++) {
      values[i] = host.get(i);
    }
  }

  @Override
  default void close() {}
}
