package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.PackedTokens;
import org.rlhf4j.transformer.Tiny;

class PackingTest {
  static final List<DecoderConfig> FAMILIES = List.of(Tiny.LLAMA, Tiny.GPT2);

  // 18 tokens together, more than the context of 12; two of the same length
  private static final List<Dialogue> DIALOGUES =
      List.of(
          new Dialogue(new int[] {1, 5, 6}, new int[] {7, 2, 4}, new boolean[] {true, false, true}),
          new Dialogue(new int[] {3}, new int[] {8}),
          new Dialogue(new int[] {9, 9}, new int[] {9, 10, 0, 2}),
          new Dialogue(new int[] {5, 6}, new int[] {1, 2}));

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void lossAndGradientsAreThoseOfPaddedBatches(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          DialogueBatch padded = DialogueBatch.of(DIALOGUES);
          Packing packed = Packing.of(DIALOGUES);
          assertEquals(18, packed.ids()[0].length);
          try (Tape tape = Tape.recording(pool)) {
            Variable hidden = decoder.hidden(tape, padded.tokens(), Mode.EVALUATION);
            Variable loss =
                LikelihoodLoss.apply(
                        decoder.logits(hidden),
                        padded.ids(),
                        padded.mask(),
                        Totals.of(padded.predicted()))
                    .loss();
            tape.backward(loss);
            List<double[]> expected =
                decoder.parameters().stream().map(p -> p.gradient().toDoubles()).toList();
            decoder.parameters().forEach(Parameter::zeroGradient);
            try (Tape other = Tape.recording(pool)) {
              Variable states = decoder.hidden(other, packed.tokens(), Mode.EVALUATION);
              Variable same =
                  LikelihoodLoss.apply(
                          decoder.logits(states),
                          packed.ids(),
                          packed.mask(),
                          Totals.of(packed.predicted()))
                      .loss();
              assertEquals(loss.item(), same.item(), 1e-12);
              other.backward(same);
            }
            for (int i = 0; i < expected.size(); i++) {
              assertArrayEquals(
                  expected.get(i),
                  decoder.parameters().get(i).gradient().toDoubles(),
                  1e-12,
                  decoder.parameters().get(i).name());
            }
          }
        });
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void noSequenceSeesAnother(DecoderConfig config) throws Exception {
    Tiny.with(
        config,
        (decoder, pool) -> {
          int[] second = {4, 4, 2};
          double[] alone = hidden(decoder, pool, second);
          for (int[] first : List.of(new int[] {1, 2, 3, 5}, new int[] {9, 8, 7, 6})) {
            double[] both = hidden(decoder, pool, first, second);
            assertArrayEquals(
                alone, Arrays.copyOfRange(both, 4 * config.width(), both.length), 1e-14);
          }
        });
  }

  private static double[] hidden(Decoder decoder, Pool pool, int[]... sequences) {
    try (Tape tape = Tape.noGrad(pool)) {
      return decoder
          .hidden(tape, PackedTokens.of(List.of(sequences)), Mode.EVALUATION)
          .value()
          .toDoubles();
    }
  }

  @Test
  void aSequenceMustFitTheContextThoughThePackNeedNot() throws Exception {
    Tiny.with(
        Tiny.LLAMA,
        (decoder, pool) -> {
          hidden(decoder, pool, new int[12], new int[12]);
          String message =
              assertThrows(
                      IllegalArgumentException.class,
                      () -> hidden(decoder, pool, new int[2], new int[13]))
                  .getMessage();
          assertEquals("row 0 has 13 tokens but the model's context is 12", message);
        });
    assertThrows(
        IllegalArgumentException.class, () -> new PackedTokens(new int[3], new int[] {1, 1}));
    assertThrows(
        IllegalArgumentException.class, () -> new PackedTokens(new int[1], new int[] {1, 0}));
    assertThrows(IllegalArgumentException.class, () -> PackedTokens.of(List.of()));
  }

  @Test
  void bestFitByHand() {
    // 7 | 6 | 3 fits both and goes to 7, the fuller | 2 to 6
    assertEquals(List.of(List.of(0, 2), List.of(1, 3)), Packing.bins(new int[] {7, 6, 3, 2}, 10));
    // 7 | 6 | 4 goes to 6 | 3 goes to 7 | 2 and 1 into a new one
    assertEquals(
        List.of(List.of(3, 1), List.of(0, 4), List.of(2, 5)),
        Packing.bins(new int[] {6, 3, 2, 7, 4, 1}, 10));
    assertEquals(List.of(), Packing.bins(new int[0], 10));
    assertThrows(IllegalArgumentException.class, () -> Packing.bins(new int[] {3, 11}, 10));
  }

  @Test
  void everyItemIsInOneBinAndBinsAreNearlyFull() {
    SplittableRandom random = new SplittableRandom(3);
    int[] lengths = random.ints(300, 1, 60).toArray();
    List<List<Integer>> bins = Packing.bins(lengths, 128);
    int[] items = bins.stream().flatMap(List::stream).mapToInt(i -> i).sorted().toArray();
    assertArrayEquals(IntStream.range(0, 300).toArray(), items);
    for (List<Integer> bin : bins) {
      assertTrue(bin.stream().mapToInt(i -> lengths[i]).sum() <= 128);
    }
    // no packing needs fewer bins than this; best fit needs at most 11/9 of the best, and one more
    int least = Math.ceilDiv(Arrays.stream(lengths).sum(), 128);
    assertTrue(bins.size() <= 11 * least / 9.0 + 1, bins.size() + " bins, at least " + least);
  }
}
