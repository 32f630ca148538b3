package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Lora;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.checkpoint.AdapterFile;
import org.rlhf4j.transformer.checkpoint.Checkpoint;

class LoraTest {
  private static final Lora LORA = new Lora(3, 6, Lora.ALL);
  private static final TokenBatch TOKENS =
      new TokenBatch(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1}, new int[] {0, 2});

  @TempDir Path folder;

  private static double[] logits(Decoder decoder, Pool pool) {
    try (Tape tape = Tape.noGrad(pool)) {
      return decoder.logits(decoder.hidden(tape, TOKENS, Mode.EVALUATION)).value().toDoubles();
    }
  }

  private static Variable loss(Tape tape, Decoder decoder) {
    return decoder.logits(decoder.hidden(tape, TOKENS, Mode.EVALUATION)).square().mean();
  }

  /** Far from the start, so that the adapters say something. */
  private static Decoder trained(Decoder base, Lora lora, Workspace workspace) {
    Decoder adapted = base.adapted(lora, workspace, new RandomKey(4));
    RandomGenerator random = new RandomKey(5).generator();
    for (Parameter parameter : adapted.parameters()) {
      parameter.value().set(random.doubles(parameter.value().size(), -0.3, 0.3).toArray());
    }
    return adapted;
  }

  private static List<double[]> values(Decoder decoder) {
    return decoder.parameters().stream().map(p -> p.value().toDoubles()).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void beginsAsTheBaseBitForBit(String backend) throws Exception {
    Tiny.on(
        backend,
        (pool, workspace) -> {
          for (DecoderConfig config : List.of(Tiny.LLAMA, Tiny.GPT2)) {
            Decoder base = Tiny.decoder(config, workspace);
            Decoder adapted = base.adapted(LORA, workspace, new RandomKey(4));
            assertArrayEquals(logits(base, pool), logits(adapted, pool));
          }
        });
  }

  @Test
  void onlyAdaptersAreLearned() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (base, pool) -> {
          try (Workspace workspace = new Workspace(pool)) {
            // width 8, 4 heads of which 2 for keys and values, so query, key, value and output are
            // 8 -> 8, 4, 4, 8; r (in + out) each, in 2 layers
            Decoder attention =
                base.adapted(new Lora(3, 3, "attention"), workspace, new RandomKey(4));
            assertEquals(2 * 3 * (16 + 12 + 12 + 16), attention.parameterCount());
            Decoder two =
                base.adapted(new Lora(1, 1, Lora.QUERY_AND_VALUE), workspace, new RandomKey(4));
            assertEquals(
                List.of(
                    "blocks.0.attention.query.adapter.down",
                    "blocks.0.attention.query.adapter.up",
                    "blocks.0.attention.value.adapter.down",
                    "blocks.0.attention.value.adapter.up"),
                two.parameters().stream().map(Parameter::name).limit(4).toList());
            assertEquals(8, two.parameters().size());
            int inner = Tiny.LLAMA.feedForwardWidth();
            assertEquals(
                2 * 3 * (56 + 3L * (8 + inner)),
                base.adapted(LORA, workspace, new RandomKey(4)).parameterCount());
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gradientsAreThoseOfDifferences(boolean llama) throws Exception {
    Tiny.with(
        llama ? Tiny.LLAMA : Tiny.GPT2,
        (base, pool) -> {
          try (Workspace workspace = new Workspace(pool)) {
            Decoder adapted = trained(base, LORA, workspace);
            try (Tape tape = Tape.recording(pool)) {
              tape.backward(loss(tape, adapted));
            }
            for (Parameter parameter : adapted.parameters()) {
              double[] gradient = parameter.gradient().toDoubles();
              double[] point = parameter.value().toDoubles();
              int j = gradient.length / 2;
              double up = at(adapted, parameter, point, j, 1e-5, pool);
              double down = at(adapted, parameter, point, j, -1e-5, pool);
              assertEquals((up - down) / 2e-5, gradient[j], 1e-8, parameter.name());
              assertTrue(Math.abs(gradient[j]) > 1e-9, parameter.name());
              parameter.value().set(point);
            }
            // nothing was computed for what is frozen
            for (Parameter parameter : base.parameters()) {
              assertArrayEquals(
                  new double[parameter.value().size()], parameter.gradient().toDoubles());
            }
          }
        });
  }

  private static double at(
      Decoder decoder, Parameter parameter, double[] point, int j, double step, Pool pool) {
    double[] moved = point.clone();
    moved[j] += step;
    parameter.value().set(moved);
    try (Tape tape = Tape.noGrad(pool)) {
      return loss(tape, decoder).item();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "simd"})
  void trainingMovesOnlyAdaptersAndMergingKeepsTheLogits(String backend) throws Exception {
    Tiny.on(
        backend,
        (pool, workspace) -> {
          Decoder base = Tiny.decoder(Tiny.LLAMA.withTiedEmbeddings(false), workspace);
          List<double[]> before = values(base);
          double[] logits = logits(base, pool);
          Decoder adapted = base.adapted(LORA, workspace, new RandomKey(4));
          double first = train(adapted, pool, 1);
          double last = train(adapted, pool, 20);
          assertTrue(last < 0.7 * first, first + " to " + last);
          List<double[]> after = values(base);
          for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i));
          }
          assertArrayEquals(logits, logits(base, pool));
          Decoder merged = adapted.merged(workspace);
          assertFalse(merged.isAdapted());
          assertEquals(base.parameterCount(), merged.parameterCount());
          double rounding = backend.equals("simd") ? 2e-4 : 1e-12; // single, double precision
          assertArrayEquals(logits(adapted, pool), logits(merged, pool), rounding);
        });
  }

  private static double train(Decoder decoder, Pool pool, int steps) {
    double loss = Double.NaN;
    try (Workspace workspace = new Workspace(pool)) {
      AdamW optimizer = new AdamW(AdamW.Config.TUNING, decoder.parameters(), workspace);
      for (int step = 0; step < steps; step++) {
        try (Tape tape = Tape.recording(pool);
            Workspace norms = new Workspace(pool)) {
          Variable value = loss(tape, decoder);
          tape.backward(value);
          loss = value.item();
          optimizer.step(0.02, new GradientNorm(decoder.parameters(), 1, norms));
        }
      }
    }
    return loss;
  }

  @Test
  void theScaleIsAlphaOverRank() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (base, pool) -> {
          try (Workspace workspace = new Workspace(pool)) {
            // twice alpha is twice the correction, so twice what merging adds to each weight
            Decoder once = trained(base, new Lora(3, 6, "key"), workspace).merged(workspace);
            Decoder twice = trained(base, new Lora(3, 12, "key"), workspace).merged(workspace);
            for (int i = 0; i < base.parameters().size(); i++) {
              double[] w = base.parameters().get(i).value().toDoubles();
              double[] one = once.parameters().get(i).value().toDoubles();
              double[] two = twice.parameters().get(i).value().toDoubles();
              double moved = 0;
              for (int j = 0; j < w.length; j++) {
                assertEquals(2 * (one[j] - w[j]), two[j] - w[j], 1e-14);
                moved = Math.max(moved, Math.abs(one[j] - w[j]));
              }
              boolean target = base.parameters().get(i).name().endsWith("key.weight");
              assertEquals(target, moved > 0.01, base.parameters().get(i).name());
            }
          }
        });
  }

  @Test
  void aCopyHasAdaptersOfItsOwn() throws Exception {
    Tiny.with(
        Tiny.GPT2,
        (base, pool) -> {
          try (Workspace workspace = new Workspace(pool)) {
            Decoder adapted = trained(base, LORA, workspace);
            double[] logits = logits(adapted, pool);
            Decoder copy = adapted.copy(workspace);
            assertArrayEquals(logits, logits(copy, pool));
            train(adapted, pool, 1);
            assertArrayEquals(logits, logits(copy, pool));
          }
        });
  }

  @Test
  void adaptersComeBackFromAFile() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (base, pool) -> {
          try (Workspace workspace = new Workspace(pool)) {
            Path file = folder.resolve("adapters.safetensors");
            Decoder adapted = trained(base, new Lora(2, 5, "gate|up"), workspace);
            AdapterFile.save(file, adapted);
            Decoder read = AdapterFile.read(file, base, workspace);
            assertEquals(adapted.adaptation().lora(), read.adaptation().lora());
            assertArrayEquals(logits(adapted, pool), logits(read, pool));
            Path whole = folder.resolve("model.safetensors");
            Checkpoint.save(whole, adapted.merged(workspace), List.of());
            assertThrows(
                IllegalArgumentException.class, () -> AdapterFile.read(whole, base, workspace));
            assertThrows(
                IllegalArgumentException.class, () -> Checkpoint.save(whole, adapted, List.of()));
            assertThrows(IllegalArgumentException.class, () -> AdapterFile.save(file, base));
            Decoder other = Tiny.decoder(Tiny.GPT2, workspace);
            assertThrows(
                IllegalArgumentException.class, () -> AdapterFile.read(file, other, workspace));
          }
        });
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (base, pool) -> {
          try (Workspace workspace = new Workspace(pool)) {
            RandomKey key = new RandomKey(1);
            assertThrows(
                IllegalArgumentException.class,
                () -> base.adapted(new Lora(2, 2, "embedding"), workspace, key));
            Decoder adapted = base.adapted(LORA, workspace, key);
            assertThrows(
                IllegalArgumentException.class, () -> adapted.adapted(LORA, workspace, key));
          }
        });
    assertThrows(IllegalArgumentException.class, () -> new Lora(0, 1, ""));
    assertThrows(IllegalArgumentException.class, () -> new Lora(1, 0, ""));
    assertThrows(IllegalArgumentException.class, () -> new Lora(1, 1, "("));
  }
}
