package org.rlhf4j.bench;

import java.util.List;
import org.rlhf4j.rlhf.cli.CommandProvider;

/** The commands of this jar: {@code bench cpu} and {@code bench memory}. */
public final class BenchCommands implements CommandProvider {
  @Override
  public List<Object> benchmarks() {
    return List.of(new CpuCommand(), new MemoryCommand());
  }
}
