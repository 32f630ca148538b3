package org.rlhf4j.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.training.GradientCollector;

/**
 * A step of training on libtorch: forward, cross-entropy of the next token, backward, clipping by
 * the norm of all gradients, AdamW.
 */
final class TorchTraining {
  private final TorchDecoder decoder;
  private final TorchAdamW optimizer;

  TorchTraining(Peers peers, TorchDecoder decoder) {
    this.decoder = decoder;
    optimizer = new TorchAdamW(peers.torch, decoder.parameters(), 0.1);
  }

  /**
   * One step.
   *
   * @param ids {@code [batch, time]}
   * @param targets {@code [batch, time, 1]}
   * @return the loss
   */
  float step(NDArray ids, NDArray targets) {
    try (NDScope scope = new NDScope();
        GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      scope.suppressNotUsedWarning();
      NDArray logprobs = decoder.logits(decoder.hidden(ids)).logSoftmax(-1);
      NDArray loss = logprobs.gather(targets, 2).mean().neg();
      collector.backward(loss);
      optimizer.step(1e-3);
      return loss.getFloat();
    }
  }
}
