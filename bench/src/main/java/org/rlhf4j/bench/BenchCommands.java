package org.rlhf4j.bench;

import java.util.List;
import org.rlhf4j.rlhf.cli.CommandProvider;

/** The command of this jar: {@code bench cpu}. */
public final class BenchCommands implements CommandProvider {
  @Override
  public List<Object> benchmarks() {
    return List.of(new CpuCommand());
  }
}
