package org.rlhf4j.cuda.cli;

import java.util.List;
import org.rlhf4j.rlhf.cli.CommandProvider;

/**
 * The commands of this jar: {@code ptx}, {@code doctor}, {@code bench gpu}, {@code bench emulator}.
 */
public final class CudaCommands implements CommandProvider {
  @Override
  public List<Object> commands() {
    return List.of(new PtxCommand(), new DoctorCommand());
  }

  @Override
  public List<Object> benchmarks() {
    return List.of(new GpuCommand(), new EmulatorCommand());
  }
}
