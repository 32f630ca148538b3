package org.rlhf4j.transformer;

import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/** A decoder that says what it was told to, whatever it reads. */
public final class Scripted {
  private static final double CERTAIN = 20;

  private Scripted() {}

  /**
   * {@return a decoder whose most probable token after column t is {@code script[t]}} Its hidden
   * state tells the column and nothing else.
   */
  public static Decoder of(int vocabulary, int[] script, Workspace workspace) {
    int columns = script.length;
    DecoderConfig config =
        DecoderConfig.gpt2(vocabulary, columns, columns, 1, 1).withTiedEmbeddings(false);
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), config);
    for (Parameter parameter : decoder.parameters()) {
      double[] values = new double[parameter.value().size()];
      for (int t = 0; t < columns; t++) {
        switch (parameter.name()) {
          case "positions.weight" -> values[t * columns + t] = 1;
          case "norm.weight" -> values[t] = 1;
          case "output.weight" -> values[script[t] * columns + t] = CERTAIN;
          default -> {}
        }
      }
      parameter.value().set(values);
    }
    return decoder;
  }
}
