package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.rlhf4j.autograd.GradCheck;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;

class DecoderTest {
  static final List<DecoderConfig> FAMILIES =
      List.of(Tiny.LLAMA, Tiny.GPT2, Tiny.LLAMA.withTiedEmbeddings(false));

  private static final int[] SEQUENCE = {3, 7, 7, 0, 10, 2};

  private static double[] hidden(Decoder decoder, Pool pool, TokenBatch batch, Mode mode) {
    try (Tape tape = Tape.noGrad(pool)) {
      return decoder.hidden(tape, batch, mode).value().toDoubles();
    }
  }

  private static double[] hidden(Decoder decoder, Pool pool, int... sequence) {
    TokenBatch batch = new TokenBatch(sequence, new int[1]);
    return hidden(decoder, pool, batch, Mode.EVALUATION);
  }

  private static double[] logits(Decoder decoder, Pool pool, int... sequence) {
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch batch = new TokenBatch(sequence, new int[1]);
      return decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION)).value().toDoubles();
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void gradientOfEveryParameterAgreesWithCentralDifferences(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          TokenBatch batch = TokenBatch.padLeft(List.of(SEQUENCE, new int[] {5, 1, 4}), 0);
          int ignored = TokenLogprobs.IGNORED;
          int[] next = {7, 7, 0, 10, 2, 9, ignored, ignored, ignored, 1, 4, 8};
          GradCheck.Worst worst =
              new GradCheck(pool.backend(), 1e-6)
                  .worst(
                      decoder.parameters(),
                      inputs -> {
                        Tape tape = inputs.getFirst().tape();
                        return CrossEntropy.of(
                            decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION)), next);
                      });
          // h^2 times the third derivative (large in a softmax far from uniform), and rounding / h
          assertTrue(worst.error() < 1e-8, worst::toString);
          for (Parameter parameter : decoder.parameters()) {
            double size = Arrays.stream(parameter.gradient().toDoubles()).map(Math::abs).sum();
            // a key's bias moves all scores of a query alike, so softmax does not see it
            assertEquals(!parameter.name().endsWith("key.bias"), size > 1e-9, parameter.name());
          }
        });
  }

  /**
   * One block, one head of two, maps that do nothing, a feed-forward of 0. With n = rms(e), row t
   * is rms(e_t + sum_s p_ts n_s), and p is the softmax over s of n_t . rotate(n_s, s - t) / sqrt 2.
   */
  @Test
  void attentionOfOneBlockByHand() throws Exception {
    DecoderConfig config = DecoderConfig.llama(3, 8, 2, 1, 1, 1, 2);
    double[][] table = {{1, 0.5}, {-0.3, 2}, {0.7, -1.1}};
    int[] sequence = {2, 0, 1, 1};
    Tiny.with(
        config,
        (decoder, pool) -> {
          for (Parameter p : decoder.parameters()) {
            double[] flat = Arrays.stream(table).flatMapToDouble(Arrays::stream).toArray();
            p.value()
                .set(
                    p.name().startsWith("embedding")
                        ? flat
                        : p.name().contains("feedForward.")
                            ? new double[4]
                            : p.name().contains("orm") ? new double[] {1, 1} : IDENTITY);
          }
          double[] actual = hidden(decoder, pool, sequence);
          for (int t = 0; t < sequence.length; t++) {
            double[] query = rms(table[sequence[t]]);
            double[] sum = new double[2];
            double total = 0;
            for (int s = 0; s <= t; s++) {
              double[] key = rms(table[sequence[s]]);
              double c = Math.cos(s - t);
              double d = Math.sin(s - t);
              double dot =
                  query[0] * (c * key[0] - d * key[1]) + query[1] * (d * key[0] + c * key[1]);
              double weight = Math.exp(dot / Math.sqrt(2));
              total += weight;
              sum[0] += weight * key[0];
              sum[1] += weight * key[1];
            }
            double[] e = table[sequence[t]];
            double[] expected = rms(new double[] {e[0] + sum[0] / total, e[1] + sum[1] / total});
            assertArrayEquals(expected, Arrays.copyOfRange(actual, 2 * t, 2 * t + 2), 1e-12);
          }
        });
  }

  private static final double[] IDENTITY = {1, 0, 0, 1};

  private static double[] rms(double[] x) {
    double scale = 1 / Math.sqrt((x[0] * x[0] + x[1] * x[1]) / 2 + 1e-5);
    return new double[] {x[0] * scale, x[1] * scale};
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void someColumnsAreThoseOfAllWithTheirGradients(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          TokenBatch batch = TokenBatch.padLeft(List.of(SEQUENCE, new int[] {5, 1, 4}), 0);
          for (Columns columns :
              List.of(new Columns(0, 6), new Columns(4, 5), new Columns(2, 5), new Columns(5, 6))) {
            List<double[]> some =
                read(decoder, pool, tape -> decoder.hidden(tape, batch, columns, Mode.EVALUATION));
            List<double[]> all =
                read(
                    decoder,
                    pool,
                    tape ->
                        decoder
                            .hidden(tape, batch, Mode.EVALUATION)
                            .slice(1, columns.from(), columns.to()));
            for (int i = 0; i < all.size(); i++) {
              assertArrayEquals(all.get(i), some.get(i), 1e-12);
            }
          }
        });
  }

  /** Hidden states, and the gradients of the sum of their exponentials. */
  private static List<double[]> read(Decoder decoder, Pool pool, Function<Tape, Variable> hidden) {
    List<double[]> numbers = new ArrayList<>();
    try (Tape tape = Tape.recording(pool)) {
      decoder.parameters().forEach(Parameter::zeroGradient);
      Variable states = hidden.apply(tape);
      numbers.add(states.value().toDoubles());
      tape.backward(states.exp().sum());
      decoder.parameters().forEach(p -> numbers.add(p.gradient().toDoubles()));
    }
    return numbers;
  }

  @Test
  void columnsMustBeThere() throws Exception {
    assertThrows(IllegalArgumentException.class, () -> new Columns(2, 2));
    assertThrows(IllegalArgumentException.class, () -> new Columns(-1, 2));
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          try (Tape tape = Tape.noGrad(pool)) {
            TokenBatch batch = new TokenBatch(SEQUENCE, new int[1]);
            Columns beyond = new Columns(5, 7);
            assertThrows(
                IllegalArgumentException.class,
                () -> decoder.hidden(tape, batch, beyond, Mode.EVALUATION));
          }
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void paddingOnTheLeftChangesNothing(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          double[] alone = hidden(decoder, pool, SEQUENCE);
          List<int[]> rows = List.of(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, SEQUENCE);
          double[] padded = hidden(decoder, pool, TokenBatch.padLeft(rows, 10), Mode.EVALUATION);
          assertArrayEquals(
              alone,
              Arrays.copyOfRange(padded, padded.length - alone.length, padded.length),
              1e-12);
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void paddingOnTheRightChangesNothing(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          double[] alone = hidden(decoder, pool, SEQUENCE);
          int[] padded = Arrays.copyOf(SEQUENCE, 9);
          assertArrayEquals(
              alone, Arrays.copyOf(hidden(decoder, pool, padded), alone.length), 1e-12);
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void orderMatters(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          double[] one = hidden(decoder, pool, 3, 7, 2);
          double[] other = hidden(decoder, pool, 7, 3, 2);
          int last = 2 * config.width();
          assertTrue(Math.abs(one[last] - other[last]) > 1e-3);
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void cacheInUnevenStepsEqualsTheWholeSequence(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          TokenBatch batch = TokenBatch.padLeft(List.of(SEQUENCE, new int[] {5, 1, 4, 9}), 0);
          double[] whole = hidden(decoder, pool, batch, Mode.EVALUATION);
          try (KvCache cache = new KvCache(config, 2, 8, pool)) {
            int column = 0;
            for (int step : new int[] {3, 1, 2}) {
              int[] ids = new int[2 * step];
              for (int b = 0; b < 2; b++) {
                System.arraycopy(batch.ids(), b * 6 + column, ids, b * step, step);
              }
              try (Tape tape = Tape.noGrad(pool)) {
                double[] part = decoder.hidden(tape, ids, batch.start(), cache).value().toDoubles();
                int width = config.width();
                for (int b = 0; b < 2; b++) {
                  int from = (b * 6 + column) * width;
                  assertArrayEquals(
                      Arrays.copyOfRange(whole, from, from + step * width),
                      Arrays.copyOfRange(part, b * step * width, (b + 1) * step * width),
                      1e-12);
                }
              }
              column += step;
            }
          }
        });
  }

  @Test
  void groupedQueriesEqualFullHeadsWithRepeatedKeysAndValues() throws Exception {
    DecoderConfig grouped = Tiny.LLAMA;
    DecoderConfig full = DecoderConfig.llama(11, 12, 8, 2, 4, 4, 10);
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder few = Tiny.decoder(grouped, workspace);
          Decoder many = Tiny.decoder(full, workspace);
          Map<String, Tensor> fewByName = new HashMap<>();
          few.parameters().forEach(p -> fewByName.put(p.name(), p.value()));
          for (Parameter parameter : many.parameters()) {
            double[] values = fewByName.get(parameter.name()).toDoubles();
            boolean keyOrValue = parameter.name().matches(".*attention\\.(key|value)\\.weight");
            parameter.value().set(keyOrValue ? repeatHeads(values, grouped) : values);
          }
          assertArrayEquals(logits(few, pool, SEQUENCE), logits(many, pool, SEQUENCE), 1e-12);
        });
  }

  /** Each head of {@code [heads * headDim, width]} twice in a row. */
  private static double[] repeatHeads(double[] weight, DecoderConfig config) {
    int head = config.headDim() * config.width();
    double[] repeated = new double[2 * weight.length];
    for (int h = 0; h < config.heads(); h++) {
      System.arraycopy(weight, h / 2 * head, repeated, h * head, head);
    }
    return repeated;
  }

  @Test
  void untiedOutputEqualToTheEmbeddingIsTheTiedModel() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder tied = Tiny.decoder(Tiny.LLAMA, workspace);
          Decoder untied = Tiny.decoder(Tiny.LLAMA.withTiedEmbeddings(false), workspace);
          List<Parameter> from = new ArrayList<>(tied.parameters());
          from.add(from.getFirst());
          List<Parameter> to = untied.parameters();
          assertEquals("output.weight", to.getLast().name());
          for (int i = 0; i < to.size(); i++) {
            to.get(i).value().set(from.get(i).value().toDoubles());
          }
          assertArrayEquals(logits(tied, pool, SEQUENCE), logits(untied, pool, SEQUENCE), 0);
          assertEquals(11 * 8, untied.parameterCount() - tied.parameterCount());
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void namesAreUniqueAndCountsAreKnown(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, _) -> {
          List<String> names = decoder.parameters().stream().map(Parameter::name).toList();
          assertEquals(names.size(), names.stream().distinct().count());
        });
    // Llama: embedding, and per layer two norms, q and o, k and v, three of the feed-forward; a
    // norm
    long llama = 11 * 8 + 2 * (2 * 8 + 2 * 64 + 2 * 32 + 3 * 80) + 8;
    // GPT-2: two embeddings, per layer four norm vectors, four maps and two with biases; a norm
    long gpt2 = 11 * 8 + 12 * 8 + 2 * (4 * 8 + 4 * (64 + 8) + 2 * 256 + 32 + 8) + 2 * 8;
    Tiny.with(Tiny.LLAMA, (decoder, _) -> assertEquals(llama, decoder.parameterCount()));
    Tiny.with(Tiny.GPT2, (decoder, _) -> assertEquals(gpt2, decoder.parameterCount()));
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void dropoutFollowsFromTheKeyAndIsOffInEvaluation(DecoderConfig config) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder plain = Tiny.decoder(config, workspace);
          Decoder dropping = Tiny.decoder(config.withDropout(0.3), workspace);
          TokenBatch batch = new TokenBatch(SEQUENCE, new int[1]);
          double[] expected = hidden(plain, pool, batch, Mode.EVALUATION);
          assertArrayEquals(expected, hidden(dropping, pool, batch, Mode.EVALUATION), 0);
          Mode training = Mode.training(new RandomKey(5));
          double[] once = hidden(dropping, pool, batch, training);
          assertArrayEquals(once, hidden(dropping, pool, batch, training), 0);
          double[] again = hidden(dropping, pool, batch, Mode.training(new RandomKey(6)));
          assertNotEquals(Arrays.toString(once), Arrays.toString(again));
          assertNotEquals(Arrays.toString(once), Arrays.toString(expected));
          assertArrayEquals(expected, hidden(plain, pool, batch, training), 0);
        });
  }

  @Test
  void everyPlaceOfDropoutHasMasksOfItsOwn() {
    Mode mode = Mode.training(new RandomKey(5));
    List<Mode> places =
        Stream.of("embedding", "block0", "block1")
            .flatMap(part -> Stream.of("attention", "feedForward").map(mode.child(part)::child))
            .toList();
    assertEquals(places.size(), places.stream().distinct().count());
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void refusesWhatDoesNotFit(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          String tooLong =
              assertThrows(IllegalArgumentException.class, () -> hidden(decoder, pool, new int[13]))
                  .getMessage();
          assertEquals("row 0 has 13 tokens but the model's context is 12", tooLong);
          String unknown =
              assertThrows(IllegalArgumentException.class, () -> hidden(decoder, pool, 3, 11))
                  .getMessage();
          assertEquals("token ids[1] is 11 but must be in [0, 11)", unknown);
        });
  }

  @Test
  void paddingDoesNotCountAgainstTheContext() throws Exception {
    Tiny.with(
        Tiny.GPT2,
        (decoder, pool) -> {
          TokenBatch padded = new TokenBatch(new int[20], new int[] {14});
          assertEquals(20 * 8, hidden(decoder, pool, padded, Mode.EVALUATION).length);
        });
  }

  @Test
  void aRecordingTapeCannotUseACache() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          try (KvCache cache = new KvCache(Tiny.LLAMA, 1, 4, pool);
              Tape tape = Tape.recording(pool)) {
            assertThrows(
                IllegalStateException.class,
                () -> decoder.hidden(tape, new int[] {1}, new int[1], cache));
          }
        });
  }

  @Test
  void aFullCacheSaysSo() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          try (KvCache cache = new KvCache(Tiny.LLAMA, 1, 2, pool);
              Tape tape = Tape.noGrad(pool)) {
            String message =
                assertThrows(
                        IllegalStateException.class,
                        () -> decoder.hidden(tape, new int[3], new int[1], cache))
                    .getMessage();
            assertEquals("the KV cache holds 2 columns; column 3 does not fit", message);
          }
        });
  }
}
