package org.rlhf4j.cuda;

import java.util.HashMap;
import java.util.Map;
import org.rlhf4j.cuda.driver.Driver;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.Emulator;
import org.rlhf4j.cuda.ptx.PtxModule;
import org.rlhf4j.tensor.Tensor;

/** A driver with the kernel files loaded as they are needed, and named scratch memory. */
final class Device implements AutoCloseable {
  private final Driver driver;
  private final Map<String, Driver.LoadedModule> modules = new HashMap<>();
  private final Map<String, CudaBuffer> scratch = new HashMap<>();

  private final Grids grids;

  Device(Driver driver) {
    this.driver = driver;
    grids = new Grids(driver.multiprocessors());
  }

  Grids grids() {
    return grids;
  }

  Driver driver() {
    return driver;
  }

  /** Launches, after the arguments were compared with the signature in the file. */
  void run(Launch launch) {
    Driver.LoadedModule module = modules.computeIfAbsent(launch.file(), this::load);
    Emulator.check(module.source().entry(launch.entry()), launch.arguments());
    driver.launch(module, launch);
  }

  private Driver.LoadedModule load(String file) {
    String text = KernelFiles.text(file);
    return driver.load(PtxModule.parse(file, text), text);
  }

  /**
   * Scratch memory of at least that many words. The same name gives the same memory, so what is in
   * it lives until the next request of that name; work on the device is in order, so kernels that
   * were launched before still see the old contents.
   */
  long scratch(String name, int words) {
    CudaBuffer buffer = scratch.get(name);
    if (buffer == null || buffer.length() < words) {
      int length = Math.max(1024, Integer.highestOneBit(Math.max(1, words - 1)) * 2);
      if (buffer != null) {
        driver.free(buffer.address());
      }
      buffer = new CudaBuffer(driver.allocate(4L * length), length);
      scratch.put(name, buffer);
    }
    return buffer.address();
  }

  /** Scratch memory with these words in it. */
  long upload(String name, int[] words) {
    long address = scratch(name, words.length);
    driver.upload(words, address);
    return address;
  }

  static long address(Tensor tensor) {
    return ((CudaBuffer) tensor.buffer()).address();
  }

  @Override
  public void close() {
    scratch.values().forEach(buffer -> driver.free(buffer.address()));
    scratch.clear();
    driver.close();
  }
}
