package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Checkpoint;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Llama2c;
import org.rlhf4j.transformer.SentencePieceBpe;
import org.rlhf4j.transformer.Tokenizer;
import org.rlhf4j.transformer.WordTokenizer;

/**
 * Files by their names: {@code .safetensors} or llama2.c's {@code .bin}; {@code .txt} or {@code
 * .bin}.
 */
final class Models {
  private Models() {}

  static Decoder decoder(Path file, Workspace workspace) {
    return file.toString().endsWith(".safetensors")
        ? Checkpoint.load(file, workspace)
        : Llama2c.load(file, workspace);
  }

  static Tokenizer tokenizer(Path file) {
    return file.toString().endsWith(".txt")
        ? WordTokenizer.read(file)
        : SentencePieceBpe.read(file);
  }

  /**
   * Refuses a tokenizer of another vocabulary.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  static void requireMatch(Decoder decoder, Tokenizer tokenizer) {
    int model = decoder.config().vocabularySize();
    if (model != tokenizer.vocabularySize()) {
      throw new IllegalArgumentException(
          "the model has %d tokens but the tokenizer has %d; they do not belong together"
              .formatted(model, tokenizer.vocabularySize()));
    }
  }
}
