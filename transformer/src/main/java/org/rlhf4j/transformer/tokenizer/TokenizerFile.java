package org.rlhf4j.transformer.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe.Piece;

/**
 * The tokenizer file of llama2.c, little-endian: an int32, the length of the longest piece in
 * bytes; then for each piece a float32 score, an int32 length and the bytes.
 */
public final class TokenizerFile {
  private TokenizerFile() {}

  /**
   * {@return the tokenizer in a file}
   *
   * @throws IllegalArgumentException if the file is not a tokenizer; the message says where
   */
  public static SentencePieceBpe read(Path file) {
    ByteBuffer in = ByteBuffer.wrap(WholeFile.read(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Piece> pieces = new ArrayList<>();
    if (in.remaining() < Integer.BYTES) {
      throw new IllegalArgumentException(
          file + " is too short for a tokenizer: " + in.remaining() + " bytes");
    }
    int longest = in.getInt();
    while (in.hasRemaining()) {
      if (in.remaining() < Float.BYTES + Integer.BYTES) {
        throw truncated(file, pieces.size());
      }
      float score = in.getFloat();
      int length = in.getInt();
      if (length < 0 || length > longest) {
        throw new IllegalArgumentException(
            "%s is not a llama2.c tokenizer: piece %d has a length of %d, the longest being %d"
                .formatted(file, pieces.size(), length, longest));
      }
      if (length > in.remaining()) {
        throw truncated(file, pieces.size());
      }
      byte[] text = new byte[length];
      in.get(text);
      pieces.add(new Piece(score, new String(text, StandardCharsets.UTF_8)));
    }
    try {
      return new SentencePieceBpe(pieces);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file + " is not a llama2.c tokenizer: " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException truncated(Path file, int piece) {
    return new IllegalArgumentException(
        "%s is truncated: it ends within piece %d".formatted(file, piece));
  }

  /** Writes a tokenizer whole, then moves it into place. */
  public static void write(SentencePieceBpe tokenizer, Path file) {
    List<byte[]> texts =
        tokenizer.pieces().stream().map(p -> p.text().getBytes(StandardCharsets.UTF_8)).toList();
    int longest = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
    int size = texts.stream().mapToInt(text -> Float.BYTES + Integer.BYTES + text.length).sum();
    ByteBuffer out =
        ByteBuffer.allocate(Integer.BYTES + size).order(ByteOrder.LITTLE_ENDIAN).putInt(longest);
    for (int id = 0; id < texts.size(); id++) {
      byte[] text = texts.get(id);
      out.putFloat(tokenizer.pieces().get(id).score()).putInt(text.length).put(text);
    }
    WholeFile.write(file, channel -> WholeFile.write(channel, out.flip()));
  }
}
