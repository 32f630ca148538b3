package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A run of many stages: a new one, or one that was interrupted. */
final class RunOptions {
  @Mixin private FolderOption out = new FolderOption();

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Continue the run in this folder; give the flags it was begun with.")
  private List<Path> resume = List.of();

  /** Refuses a run that is both. */
  void check() {
    if (out.isGiven() && resumes()) {
      throw new IllegalArgumentException("--out names a new run and --resume an old one; give one");
    }
  }

  boolean resumes() {
    return !resume.isEmpty();
  }

  /** {@return the folder of the run, made now if it is new} */
  Path folder(String name) {
    return resumes() ? resume.getFirst() : out.create(name);
  }
}
