package org.rlhf4j.bench;

import java.util.stream.IntStream;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

/** Our side of training: a decoder that learns one batch by heart. */
final class OurTraining {
  private final Peers peers;
  private final Decoder decoder;
  private final AdamW optimizer;
  private final double learningRate;
  private final double clip;
  private final TokenBatch batch;
  private final int[] targets;

  /**
   * @param clip the largest norm of the gradient
   * @param rows of {@code time} tokens
   */
  OurTraining(
      Peers peers,
      DecoderConfig config,
      AdamW.Config adamW,
      double learningRate,
      double clip,
      int rows,
      int time) {
    this.peers = peers;
    this.learningRate = learningRate;
    this.clip = clip;
    decoder = new Decoder(ParameterScope.root(peers.workspace, new RandomKey(1)), config);
    optimizer = new AdamW(adamW, decoder.parameters(), peers.workspace);
    int[] text = text(rows * time + 1, config.vocabularySize());
    batch = new TokenBatch(IntStream.of(text).limit(text.length - 1).toArray(), new int[rows]);
    targets = IntStream.of(text).skip(1).toArray();
  }

  /** {@return a text of so many tokens} */
  static int[] text(int tokens, int vocabularySize) {
    return IntStream.range(0, tokens).map(i -> i * 31 % vocabularySize).toArray();
  }

  Decoder decoder() {
    return decoder;
  }

  /** {@return what a row of tokens is followed by, token by token} */
  int[] targets() {
    return targets.clone();
  }

  int[] ids() {
    return batch.ids();
  }

  /** Forward, backward, clipping, AdamW. {@return the loss before it} */
  double step() {
    try (Tape tape = Tape.recording(peers.pool())) {
      Variable logits = decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION));
      Variable loss = CrossEntropy.of(logits, targets);
      tape.backward(loss);
      optimizer.step(learningRate, new GradientNorm(decoder.parameters(), clip, tape.workspace()));
      return loss.item();
    }
  }
}
