package org.rlhf4j.rlhf.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.checkpoint.DecoderFile;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe;
import org.rlhf4j.transformer.tokenizer.Tokenizer;
import org.rlhf4j.transformer.tokenizer.TokenizerFile;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/**
 * A model that was trained before, by its file, and the tokenizer that belongs to it.
 *
 * @param model {@code .safetensors}, or llama2.c's {@code .bin}
 */
public record BaseModel(Path model, Tokenizer tokenizer) {
  private static final List<String> NAMES =
      List.of("tokenizer.txt", "tokenizer.bin", "tok512.bin", "tok4096.bin");

  /** {@return a model with a tokenizer of its own file, {@code .txt} or llama2.c's {@code .bin}} */
  public static BaseModel of(Path model, Path tokenizer) {
    requireFile("model", model);
    return new BaseModel(model, readTokenizer(tokenizer));
  }

  /**
   * {@return a model with the tokenizer that lies beside it; that of bytes where none does}
   *
   * @throws IllegalArgumentException if there is no such model
   */
  public static BaseModel at(Path model) {
    requireFile("model", model);
    return NAMES.stream()
        .map(model::resolveSibling)
        .filter(Files::exists)
        .findFirst()
        .map(found -> of(model, found))
        .orElseGet(() -> new BaseModel(model, new ByteTokenizer()));
  }

  /** {@return the tokenizer in a file} */
  public static Tokenizer readTokenizer(Path file) {
    requireFile("tokenizer", file);
    return file.toString().endsWith(".txt") ? WordTokenizer.read(file) : TokenizerFile.read(file);
  }

  /**
   * {@return the decoder}
   *
   * @param workspace owner of the parameters
   * @throws IllegalArgumentException if the tokenizer is of another vocabulary
   */
  public Decoder open(Workspace workspace) {
    Decoder decoder = DecoderFile.read(model, workspace);
    requireMatch(decoder, tokenizer);
    return decoder;
  }

  /** Writes the tokenizer to where {@link #at} finds it; that of bytes needs no file. */
  public static void writeTokenizer(Tokenizer tokenizer, Path folder) {
    switch (tokenizer) {
      case WordTokenizer words -> words.write(folder.resolve("tokenizer.txt"));
      case SentencePieceBpe pieces -> TokenizerFile.write(pieces, folder.resolve("tokenizer.bin"));
      case ByteTokenizer _ -> {}
    }
  }

  /**
   * Refuses a tokenizer of another vocabulary.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public static void requireMatch(Decoder decoder, Tokenizer tokenizer) {
    int model = decoder.config().vocabularySize();
    if (model != tokenizer.vocabularySize()) {
      throw new IllegalArgumentException(
          "the model has %d tokens but the tokenizer has %d; they do not belong together"
              .formatted(model, tokenizer.vocabularySize()));
    }
  }

  private static void requireFile(String what, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("there is no %s %s".formatted(what, file));
    }
  }
}
