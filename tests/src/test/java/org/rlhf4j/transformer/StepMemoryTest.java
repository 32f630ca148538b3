package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/**
 * All memory that training takes from its pool is at most 1.2 times what theory needs: parameters,
 * gradients, two moments, and of each token what the backward pass reads.
 */
class StepMemoryTest {
  private static final DecoderConfig CONFIG = DecoderConfig.llama(512, 64, 64, 5, 8, 8, 172);
  private static final int ROWS = 4;

  @Test
  void aStepTakesLittleMoreThanTheoryNeeds() {
    try (Backend backend = Backends.open("reference", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(1)), CONFIG);
      List<Parameter> parameters = decoder.parameters();
      AdamW optimizer = new AdamW(AdamW.Config.PRETRAINING, parameters, workspace);
      int[] ids = IntStream.range(0, ROWS * CONFIG.contextLength()).map(i -> i % 509).toArray();
      for (int step = 0; step < 2; step++) {
        try (Tape tape = Tape.recording(pool)) {
          TokenBatch batch = new TokenBatch(ids, new int[ROWS]);
          Variable hidden = decoder.hidden(tape, batch, Mode.EVALUATION);
          tape.backward(CrossEntropy.of(decoder.logits(hidden), ids));
          optimizer.step(1e-3, new GradientNorm(parameters, 1, tape.workspace()));
        }
      }
      double ratio = pool.allocatedElements() / theory(parameters, ids.length);
      assertTrue(ratio <= 1.2, "memory of a step is %.3f times what it needs".formatted(ratio));
    }
  }

  /**
   * A layer keeps eight tensors of its width: its input, both norms, queries, keys, values, what
   * attention mixed, and the sum in between; and three of the inner width: gate, up, their product.
   * Then the last sum and its norm; logits and their gradient.
   */
  private static double theory(List<Parameter> parameters, int tokens) {
    double weights = parameters.stream().mapToInt(parameter -> parameter.value().size()).sum();
    double layer = 8.0 * CONFIG.width() + 3.0 * CONFIG.feedForwardWidth();
    double ends = 2.0 * CONFIG.width() + 2.0 * CONFIG.vocabularySize();
    return 4 * weights + tokens * (CONFIG.layers() * layer + ends);
  }
}
