package org.rlhf4j.rlhf.cli;

import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import picocli.CommandLine.Option;

/** Where a command computes. */
final class MachineOptions {
  @Option(names = "--threads", description = "Threads; results do not depend on it (default: all).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "reference, simd, or a device of another jar (default: ${DEFAULT-VALUE}).")
  String device = "simd";

  /** {@return the device, to be closed} */
  Backend open() {
    return Backends.open(device, threads);
  }
}
