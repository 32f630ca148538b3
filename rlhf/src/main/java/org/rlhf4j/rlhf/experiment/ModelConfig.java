package org.rlhf4j.rlhf.experiment;

import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/** Shape of a Llama-style decoder. */
public record ModelConfig(
    int contextLength, int width, int layers, int heads, int feedForwardWidth) {
  public ModelConfig {
    Check.positive("contextLength", contextLength);
    Check.positive("width", width);
    Check.positive("layers", layers);
    Check.positive("heads", heads);
    Check.positive("feedForwardWidth", feedForwardWidth);
  }

  /** {@return a decoder that has learned nothing} */
  Decoder decoder(int vocabularySize, Workspace workspace, RandomKey key) {
    return new Decoder(
        ParameterScope.root(workspace, key),
        DecoderConfig.llama(
            vocabularySize, contextLength, width, layers, heads, heads, feedForwardWidth));
  }
}
