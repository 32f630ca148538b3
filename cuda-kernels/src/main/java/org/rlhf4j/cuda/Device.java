package org.rlhf4j.cuda;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.rlhf4j.cuda.driver.Driver;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.driver.RepeatedSteps;
import org.rlhf4j.cuda.ptx.Emulator;
import org.rlhf4j.cuda.ptx.PtxModule;
import org.rlhf4j.tensor.Tensor;

/** A driver with the kernel files loaded as they are needed, and named scratch memory. */
final class Device implements AutoCloseable {
  private final Driver driver;
  private final RepeatedSteps steps;
  private final Map<String, Driver.LoadedModule> modules = new HashMap<>();
  private final Map<String, CudaBuffer> scratch = new HashMap<>();

  /** What was uploaded into scratch memory last, by its name. */
  private final Map<String, int[]> uploaded = new HashMap<>();

  private final Set<String> inStep = new HashSet<>();
  private final Grids grids;

  Device(Driver driver) {
    this.driver = driver;
    steps = new RepeatedSteps(driver);
    grids = new Grids(driver.multiprocessors());
  }

  Grids grids() {
    return grids;
  }

  Driver driver() {
    return steps;
  }

  /** Launches, after the arguments were compared with the signature in the file. */
  void run(Launch launch) {
    Driver.LoadedModule module = modules.computeIfAbsent(launch.file(), this::load);
    Emulator.check(module.source().entry(launch.entry()), launch.arguments());
    steps.launch(module, launch);
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
        steps.free(buffer.address());
        uploaded.remove(name);
      }
      buffer = new CudaBuffer(driver.allocate(4L * length), length);
      scratch.put(name, buffer);
    }
    return buffer.address();
  }

  /**
   * Scratch memory with these words in it, which nothing else writes. It is filled at once, before
   * the launches of a repeated step that wait; so arrays of one name that differ within a step have
   * a place each. What is there already is not copied again.
   */
  long upload(String name, int[] words) {
    String place = name;
    for (int i = 2; inStep.contains(place) && !Arrays.equals(uploaded.get(place), words); i++) {
      place = name + " " + i;
    }
    long address = scratch(place, words.length);
    if (!Arrays.equals(uploaded.get(place), words)) {
      driver.upload(words, address);
      uploaded.put(place, words.clone());
    }
    if (steps.isOpen()) {
      inStep.add(place);
    }
    return address;
  }

  /** Runs a step whose launches a driver may do again as one graph. */
  void repeat(Runnable step) {
    steps.begin();
    try {
      step.run();
    } finally {
      inStep.clear();
      steps.end();
    }
  }

  static long address(Tensor tensor) {
    return ((CudaBuffer) tensor.buffer()).address();
  }

  @Override
  public void close() {
    scratch.values().forEach(buffer -> driver.free(buffer.address()));
    scratch.clear();
    steps.close();
  }
}
