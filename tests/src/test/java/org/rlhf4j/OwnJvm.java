package org.rlhf4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a program of the tests in a JVM of its own, on the class path of this one. */
public final class OwnJvm {
  private OwnJvm() {}

  /**
   * {@return the process, whose errors go where its output goes}
   *
   * @param program has a main method
   */
  public static Process start(Class<?> program, String... flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.addAll(List.of(flags));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
