package org.rlhf4j.transformer.checkpoint;

import java.nio.file.Path;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** Reads a decoder from a file of any format known here. */
public final class DecoderFile {
  private DecoderFile() {}

  /**
   * {@return the decoder in a file: {@code *.safetensors} of our own or of Hugging Face, whose
   * {@code config.json} must lie beside it; anything else is read as llama2.c, version 0}
   *
   * @param workspace owner of the parameters
   * @throws IllegalArgumentException if the file is malformed, or describes another model; the
   *     message is one line that says where
   */
  public static Decoder read(Path file, Workspace workspace) {
    if (!file.toString().endsWith(".safetensors")) {
      return Llama2c.read(file, workspace);
    }
    Safetensors stored = Safetensors.open(file);
    return Checkpoint.isCheckpoint(stored)
        ? Checkpoint.of(stored).decoder(workspace)
        : HuggingFace.read(stored, file.resolveSibling("config.json"), workspace);
  }
}
