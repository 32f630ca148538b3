package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import org.rlhf4j.rlhf.train.BaseModel;
import picocli.CommandLine.Option;

/** The model to start from: a group of options that a command may need, or may do without. */
final class ModelOptions {
  @Option(
      names = "--base",
      required = true,
      paramLabel = "FILE",
      description = "Pretrained model to start from: .safetensors, or llama2.c's .bin.")
  Path base = Path.of("");

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "Its tokenizer (default: the one beside the model, or bytes).")
  List<Path> tokenizer = List.of();

  /**
   * {@return the model and its tokenizer}
   *
   * @throws IllegalArgumentException if a file is not there
   */
  BaseModel read() {
    return tokenizer.isEmpty() ? BaseModel.at(base) : BaseModel.of(base, tokenizer.getFirst());
  }
}
