package org.rlhf4j.rlhf.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rlhf4j.rlhf.train.BaseModel;

/**
 * A pretrained model that does not come with the library.
 *
 * @param model its file, seen from where the command runs
 * @param tokenizer its tokenizer's file; empty for the one that lies beside it
 */
public record BaseConfig(String model, String tokenizer) {
  /** {@return the files that are not there} */
  List<Path> missing() {
    return List.of(model, tokenizer).stream()
        .filter(file -> !file.isEmpty())
        .map(Path::of)
        .filter(file -> !Files.isRegularFile(file))
        .toList();
  }

  /**
   * {@return the model}
   *
   * @throws IllegalArgumentException if there is none
   */
  BaseModel open() {
    return tokenizer.isEmpty()
        ? BaseModel.at(Path.of(model))
        : BaseModel.of(Path.of(model), Path.of(tokenizer));
  }
}
