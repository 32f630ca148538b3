package org.rlhf4j.transformer;

import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/**
 * The shape of a decoder. Two families are points in it: {@link #llama} and {@link #gpt2}.
 *
 * @param vocabularySize how many tokens there are
 * @param contextLength most positions a sequence may have
 * @param width length of a token's vector
 * @param layers how many blocks
 * @param heads how many query heads; divides {@code width}
 * @param keyValueHeads how many key-value heads; divides {@code heads}
 * @param feedForwardWidth inner width of the feed-forward
 * @param family norm, positions and feed-forward that go together
 * @param rotaryBase base of the rotary angles, 10000 in the paper; unused by GPT-2
 * @param rotaryLayout which elements turn together; unused by GPT-2
 * @param normEpsilon added under the root of a norm
 * @param tiedEmbeddings whether the output layer is the embedding table
 * @param dropout rate after the embedding and at the end of every residual branch, when training
 */
public record DecoderConfig(
    int vocabularySize,
    int contextLength,
    int width,
    int layers,
    int heads,
    int keyValueHeads,
    int feedForwardWidth,
    Family family,
    double rotaryBase,
    RotaryLayout rotaryLayout,
    double normEpsilon,
    boolean tiedEmbeddings,
    double dropout) {

  /** What distinguishes the two families. */
  public enum Family {
    /** RMSNorm, rotary positions, SwiGLU, no biases. */
    LLAMA,
    /** LayerNorm, learned positions, GELU, biases. */
    GPT2
  }

  public DecoderConfig {
    Check.positive("vocabularySize", vocabularySize);
    Check.positive("contextLength", contextLength);
    Check.positive("width", width);
    Check.positive("layers", layers);
    Check.positive("heads", heads);
    Check.positive("keyValueHeads", keyValueHeads);
    Check.positive("feedForwardWidth", feedForwardWidth);
    Check.positive("normEpsilon", normEpsilon);
    Check.range("dropout", dropout, 0, Math.nextDown(1.0));
    if (width % heads != 0 || heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "heads %d must divide width %d and be a multiple of keyValueHeads %d"
              .formatted(heads, width, keyValueHeads));
    }
    if (family == Family.LLAMA && width / heads % 2 != 0) {
      throw new IllegalArgumentException(
          "rotary positions need an even head dimension, got " + width / heads);
    }
  }

  /** {@return a Llama-style decoder with tied embeddings and no dropout} */
  public static DecoderConfig llama(
      int vocabularySize,
      int contextLength,
      int width,
      int layers,
      int heads,
      int keyValueHeads,
      int feedForwardWidth) {
    return new DecoderConfig(
        vocabularySize,
        contextLength,
        width,
        layers,
        heads,
        keyValueHeads,
        feedForwardWidth,
        Family.LLAMA,
        10_000,
        RotaryLayout.INTERLEAVED,
        1e-5,
        true,
        0);
  }

  /** {@return a GPT-2-style decoder: feed-forward four times the width, tied embeddings} */
  public static DecoderConfig gpt2(
      int vocabularySize, int contextLength, int width, int layers, int heads) {
    return new DecoderConfig(
        vocabularySize,
        contextLength,
        width,
        layers,
        heads,
        heads,
        4 * width,
        Family.GPT2,
        10_000,
        RotaryLayout.INTERLEAVED,
        1e-5,
        true,
        0);
  }

  /** {@return the same with the output layer sharing the embedding table, or not} */
  public DecoderConfig withTiedEmbeddings(boolean tied) {
    return with(rotaryLayout, tied, dropout);
  }

  /** {@return the same with other elements turning together} */
  public DecoderConfig withRotaryLayout(RotaryLayout layout) {
    return with(layout, tiedEmbeddings, dropout);
  }

  /** {@return the same with another dropout rate} */
  public DecoderConfig withDropout(double rate) {
    return with(rotaryLayout, tiedEmbeddings, rate);
  }

  private DecoderConfig with(RotaryLayout layout, boolean tied, double rate) {
    return new DecoderConfig(
        vocabularySize,
        contextLength,
        width,
        layers,
        heads,
        keyValueHeads,
        feedForwardWidth,
        family,
        rotaryBase,
        layout,
        normEpsilon,
        tied,
        rate);
  }

  public int headDim() {
    return width / heads;
  }
}
