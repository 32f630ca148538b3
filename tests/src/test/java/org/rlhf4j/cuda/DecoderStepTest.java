package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.KvCache;
import org.rlhf4j.transformer.TokenBatch;

/** Whole training steps and cached generation of a decoder: emulated CUDA against the reference. */
class DecoderStepTest {
  private static DecoderConfig config(DecoderConfig.Family family) {
    return family == DecoderConfig.Family.LLAMA
        ? DecoderConfig.llama(61, 24, 16, 2, 4, 2, 28)
        : DecoderConfig.gpt2(61, 24, 16, 2, 4);
  }

  @ParameterizedTest
  @EnumSource
  void trainsAlike(DecoderConfig.Family family) {
    List<double[]> expected = train("reference", family);
    List<double[]> actual = train("cuda-emulated", family);
    // losses, then gradient norms: single precision through two layers
    assertArrayEquals(expected.get(0), actual.get(0), 1e-5);
    assertArrayEquals(expected.get(1), actual.get(1), 1e-4);
    // two steps of size 1e-3 in directions of size 1, which rounding of tiny gradients can turn
    for (int i = 2; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), 1e-4, "parameter " + (i - 2));
    }
  }

  private static List<double[]> train(String name, DecoderConfig.Family family) {
    try (Backend backend = Backends.open(name, 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      ParameterScope scope = ParameterScope.root(workspace, new RandomKey(5));
      Decoder decoder = new Decoder(scope, config(family));
      // an epsilon above rounding errors of single precision keeps directions comparable
      AdamW.Config constants = new AdamW.Config(0.9, 0.95, 1e-4, 0.1);
      AdamW optimizer = new AdamW(constants, decoder.parameters(), workspace);
      TokenBatch batch =
          TokenBatch.padLeft(
              List.of(new int[] {3, 14, 15, 9, 26, 5, 35}, new int[] {8, 9, 7, 9}), 0);
      int[] targets = {14, 15, 9, 26, 5, 35, 8, -1, -1, -1, 9, 7, 9, 3};
      double[] losses = new double[2];
      double[] norms = new double[2];
      for (int step = 0; step < 2; step++) {
        try (Tape tape = Tape.recording(pool);
            Workspace ofStep = new Workspace(pool)) {
          Variable hidden = decoder.hidden(tape, batch, Mode.EVALUATION);
          Variable logits = decoder.logits(hidden);
          Variable loss = TokenLogprobs.of(logits, targets).sum().mul(-1.0 / 11);
          losses[step] = loss.value().item();
          tape.backward(loss);
          GradientNorm norm = new GradientNorm(decoder.parameters(), 0.5, ofStep);
          norms[step] = norm.value();
          optimizer.step(1e-3, norm);
        }
      }
      List<double[]> results = new ArrayList<>(List.of(losses, norms));
      for (Parameter parameter : decoder.parameters()) {
        results.add(parameter.value().toDoubles());
      }
      return results;
    }
  }

  @ParameterizedTest
  @EnumSource
  void generatesAlike(DecoderConfig.Family family) {
    assertEquals(generate("reference", family), generate("cuda-emulated", family));
  }

  private static List<Integer> generate(String name, DecoderConfig.Family family) {
    try (Backend backend = Backends.open(name, 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      ParameterScope scope = ParameterScope.root(workspace, new RandomKey(6));
      Decoder decoder = new Decoder(scope, config(family));
      List<Integer> tokens = new ArrayList<>();
      int[] start = {0, 2};
      try (KvCache cache = new KvCache(decoder.config(), 2, 24, pool)) {
        int[] next = {3, 14, 15, 9, 0, 0, 26, 5};
        for (int i = 0; i < 12; i++) {
          try (Tape tape = Tape.noGrad(pool)) {
            Variable hidden = decoder.hidden(tape, next, start, cache);
            int[] best = backend.rows().argmax(decoder.logits(hidden).value());
            int columns = next.length / 2;
            next = new int[] {best[columns - 1], best[2 * columns - 1]};
          }
          tokens.add(next[0]);
          tokens.add(next[1]);
        }
      }
      return tokens;
    }
  }
}
