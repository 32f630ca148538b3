package org.rlhf4j.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The PTX files that ship, as resources below {@code /ptx}. */
public final class KernelFiles {
  /** Every file, in alphabetical order. */
  public static final List<String> ALL =
      List.of(
          "adamw/1-fours.ptx",
          "addbroadcast/1-strided.ptx",
          "addscaled/1-fours.ptx",
          "affine/1-fours.ptx",
          "append/1-column.ptx",
          "argmax/1-butterfly.ptx",
          "attention/1-backward-keys.ptx",
          "attention/1-backward-queries.ptx",
          "attention/1-tiled.ptx",
          "cast/1-narrow.ptx",
          "cast/1-widen.ptx",
          "clip/1-factor.ptx",
          "dropout/1-philox.ptx",
          "embedding/1-gather.ptx",
          "embedding/1-scatter-add.ptx",
          "entropy/1-backward.ptx",
          "entropy/1-two-reads.ptx",
          "layernorm/1-backward-input.ptx",
          "layernorm/1-three-reads.ptx",
          "logsoftmax/1-backward.ptx",
          "logsoftmax/1-online.ptx",
          "logsumexp/1-backward.ptx",
          "logsumexp/1-online.ptx",
          "masked/1-backward.ptx",
          "masked/1-select.ptx",
          "norm/1-backward-weight.ptx",
          "pairwise/1-backward.ptx",
          "pairwise/1-switch.ptx",
          "pointwise/1-backward.ptx",
          "pointwise/1-switch.ptx",
          "rmsnorm/1-backward-input.ptx",
          "rmsnorm/1-two-reads.ptx",
          "rotary/1-table.ptx",
          "sampling/1-all.ptx",
          "sampling/1-restricted.ptx",
          "slice/1-strided.ptx",
          "softmax/1-backward.ptx",
          "softmax/1-online.ptx",
          "softmax/2-registers.ptx",
          "sum/1-columns.ptx",
          "sum/1-rows.ptx",
          "swiglu/1-backward.ptx",
          "swiglu/1-fours.ptx",
          "tokenlogprobs/1-backward.ptx",
          "tokenlogprobs/1-online.ptx");

  private KernelFiles() {}

  /** The text of a file, such as {@code softmax/1-online.ptx}. */
  public static String text(String file) {
    try (InputStream in = KernelFiles.class.getResourceAsStream("/ptx/" + file)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no kernel file " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read kernel file " + file, e);
    }
  }
}
