package org.rlhf4j.rlhf.traps;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.Orpo;
import org.rlhf4j.rlhf.direct.PairLogprobs;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;

/**
 * Traps that need a model, or belong to no one formula. The others have tests named {@code
 * trapN...} beside the code in which they bite. Runners-up are the traps beyond the fifteen.
 */
class TrapsTest {
  private static final int VOCABULARY = 7;
  private static final List<int[]> SEQUENCES =
      List.of(new int[] {1, 4, 2, 5, 3}, new int[] {1, 6, 3}, new int[] {1, 2, 2, 6, 5, 4, 3});

  /**
   * Log-probabilities of the tokens of each row, 0 where there is no prediction, [batch][time-1].
   */
  private static double[][] logprobs(TokenBatch batch) {
    try (var backend = Backends.open("reference", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool);
        Tape tape = Tape.noGrad(pool)) {
      Decoder decoder =
          new Decoder(
              ParameterScope.root(workspace, new RandomKey(8)),
              DecoderConfig.llama(VOCABULARY, 16, 16, 2, 4, 2, 32));
      Variable logits = decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION));
      int[][] ids = new int[batch.batch()][];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = Arrays.copyOfRange(batch.ids(), i * batch.time(), (i + 1) * batch.time());
      }
      double[] flat = NextToken.logprobs(logits, ids, 1).value().toDoubles();
      double[][] rows = new double[ids.length][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * (batch.time() - 1), (i + 1) * (batch.time() - 1));
      }
      return rows;
    }
  }

  @Test
  void trap4TheFirstRatioIsOneWhateverTheBatch() {
    double[][] together = logprobs(TokenBatch.padRight(SEQUENCES, 0));
    for (int i = 0; i < SEQUENCES.size(); i++) {
      int[] sequence = SEQUENCES.get(i);
      double[] alone = logprobs(TokenBatch.padRight(List.of(sequence), 0))[0];
      boolean[][] mask =
          NextToken.labels(NextToken.completionMask(new int[] {1}, new int[] {sequence.length}, 7));
      double[][] old = {Arrays.copyOf(alone, 6)};
      double[][] advantages = new double[1][6];
      PolicyLoss ppo =
          new PolicyLoss(
              ImportanceRatio.TOKEN,
              new ClippedSurrogate(0.2),
              new NoKl(),
              new Aggregation.TokenMean());
      double[][] row = {together[i]};
      Differentiated.of(
          in -> {
            var output = ppo.apply(new PolicyBatch(in.get(0), old, advantages, mask));
            assertEquals(1, output.metric("ratio/max"), 1e-12);
            assertEquals(1, output.metric("ratio/mean"), 1e-12);
            return output.loss();
          },
          Input.of(row));
    }
  }

  @Test
  void trap9ThePaddingSideChangesNothing() {
    double[][] right = logprobs(TokenBatch.padRight(SEQUENCES, 0));
    double[][] left = logprobs(TokenBatch.padLeft(SEQUENCES, 0));
    for (int i = 0; i < SEQUENCES.size(); i++) {
      int predictions = SEQUENCES.get(i).length - 1;
      assertArrayEquals(
          Arrays.copyOf(right[i], predictions),
          Arrays.copyOfRange(left[i], 6 - predictions, 6),
          1e-12);
    }
  }

  @Test
  void trap10OneBeginningAndAPromptThatIsAPrefix() {
    assertEquals(2, NextToken.promptLength(new int[] {1, 5}, new int[] {1, 5, 6, 2}, 1));
    assertEquals(0, NextToken.promptLength(new int[0], new int[] {5, 6}, 1));
    assertEquals(2, NextToken.promptLength(new int[] {1, 5}, new int[] {1, 5}, 1));
    for (int[][] wrong :
        new int[][][] {
          {{1, 5}, {1, 1, 5, 6}}, {{1, 5}, {1, 5, 1, 6}}, {{1, 5}, {1, 56}}, {{1, 5}, {1}}
        }) {
      assertThrows(
          IllegalArgumentException.class, () -> NextToken.promptLength(wrong[0], wrong[1], 1));
    }
  }

  @Test
  void trap13OrpoOfAnAlmostCertainAnswer() {
    // log(1 - e^x) as written is -infinity or noise here
    for (double mean : new double[] {0, -1e-12, -1e-7, -1e-3}) {
      Differentiated odds =
          Differentiated.of(
              in -> Orpo.oddsRatioLosses(new PairLogprobs(in.get(0), in.get(1))),
              Input.of(-1),
              Input.of(mean));
      double held = Math.min(mean, -0x1p-24);
      double logOdds = held - Math.log(-Math.expm1(held));
      double chosen = -1 - Math.log(-Math.expm1(-1));
      assertEquals(Math.log1p(Math.exp(logOdds - chosen)), odds.value(), 1e-12 * odds.value());
      // the rejected answer is penalised, the chosen one rewarded; the book has it the wrong way
      assertTrue(odds.gradients()[1][0] >= 0 && odds.gradients()[0][0] < 0);
      assertTrue(Double.isFinite(odds.gradients()[1][0]));
    }
  }

  @Test
  void runnerUp1KtoPairsNoAnswerWithItsOwnPrompt() throws Exception {
    List<PreferencePair> pairs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int[] prompt = {1, i / 2}; // two prompts, each twice
      pairs.add(
          new PreferencePair(
              new Dialogue(prompt, new int[] {i}), new Dialogue(prompt, new int[] {8, i})));
    }
    Tiny.on(
        "reference",
        (pool, workspace) ->
            ReferencedPair.of(
                    pairs,
                    new double[4],
                    new double[4],
                    Tiny.decoder(Tiny.LLAMA, workspace),
                    pool,
                    4)
                .forEach(judged -> {
                  Dialogue mismatched = judged.mismatched().getFirst().dialogue();
                  assertArrayEquals(judged.pair().chosen().prompt(), mismatched.prompt());
                  assertNotEquals(mismatched.prompt()[1], mismatched.completion()[0] / 2);
                }));
    assertEquals(0.2, referencePoint(0.1, 0.3), 1e-16);
    assertEquals(0, referencePoint(-0.5, 0.3));
  }

  private static double referencePoint(double... mismatched) {
    try (var backend = Backends.open("reference", 1);
        Pool pool = new Pool(backend);
        Tape tape = Tape.noGrad(pool)) {
      return Kto.referencePoint(tape.constant(Shape.of(mismatched.length), mismatched)).item();
    }
  }

  @Test
  void runnerUp2LogprobsOfTokensKeepNothingOfVocabularySize() {
    try (var backend = Backends.open("reference", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool);
        Tape tape = Tape.recording(pool)) {
      Variable logits =
          tape.use(Parameter.of("logits", workspace.zeros(Shape.of(2, 3, 1000)), workspace));
      NextToken.logprobs(logits, new int[2][3], 1);
      List<String> large = tape.toString().lines().filter(line -> line.contains("1000")).toList();
      assertEquals(List.of(), large);
    }
  }

  @Test
  void runnerUp3TheTrainerWeighsWhatTheEngineSawDifferently() {
    boolean[][] mask = {{true, true}};
    double[][] trainer = {{-1, -2}};
    double[][] engine = {{-1.5, -1}};
    double[][] weights =
        new OffPolicyCorrection(
                OffPolicyCorrection.Level.TOKEN, new OffPolicyCorrection.Truncated(1.2))
            .weights(trainer, engine, mask);
    assertArrayEquals(new double[] {1.2, Math.exp(-1)}, weights[0], 1e-15);
  }

  @Test
  void runnerUp4TheEndIsReadAtItsOwnStep() {
    // three tokens and padding; lambda 0: the last step has no next value, the one before it has
    double[] advantages =
        new Gae(1, 0)
            .estimate(
                new double[] {0, 0, 1, 9},
                new double[] {0.1, 0.2, 0.4, 7},
                new boolean[] {true, true, true, false})
            .advantages();
    assertArrayEquals(new double[] {0.1, 0.2, 0.6, 0}, advantages, 1e-15);
  }

  @Test
  void runnerUp5AMaskWithoutATokenIsRefused() {
    int[][] ids = {{1, 2, 3}};
    boolean[][] nothing = new boolean[1][3];
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in ->
                    LikelihoodLoss.apply(
                            in.get(0).reshape(1, 3, 4),
                            ids,
                            nothing,
                            Totals.of(NextToken.labels(nothing)))
                        .loss(),
                Input.of(new double[12])));
  }

  @Test
  void runnerUp6TheKlIsPaidOnce() {
    boolean[][] mask = {{true, true}};
    double[][] logprobs = {{-1, -2}};
    double[][] reference = {{-2, -1}};
    double[] scores = {3};
    for (PolicyGradient preset : PolicyGradient.presets()) {
      boolean inReward = preset.rewards(scores, logprobs, reference, mask)[0][0] != 0;
      boolean[] inLoss = new boolean[1];
      Differentiated.of(
          in -> {
            LossOutput output =
                preset
                    .loss()
                    .apply(new PolicyBatch(in.get(0), logprobs, reference, logprobs, mask));
            inLoss[0] = output.metrics().containsKey("kl_loss");
            return output.loss();
          },
          Input.of(logprobs));
      assertFalse(inReward && inLoss[0], preset.name());
    }
  }

  @Test
  void runnerUp7K3IsNeverNegativeInSinglePrecision() {
    for (int i = -60; i < 60; i++) {
      double d = Math.scalb(1.0, i / 4 - 20) * (i % 2 == 0 ? 1 : -1);
      Differentiated k3 =
          Differentiated.on("simd", in -> KlEstimator.K3.of(in.get(0)), Input.of((float) d));
      assertTrue(k3.value() > 0, () -> "K3(" + d + ") is " + k3.value());
    }
  }

  @Test
  void runnerUp8TheSoftplusFormDoesNotOverflow() {
    for (String backend : new String[] {"reference", "simd"}) {
      Differentiated loss =
          Differentiated.on(
              backend,
              in -> RewardModelLoss.softplusForm(in.get(0), in.get(1)),
              Input.of(-5e3, 5e3),
              Input.of(5e3, -5e3));
      assertArrayEquals(new double[] {1e4, 0}, loss.values());
      assertArrayEquals(new double[] {-1, 0}, loss.gradients()[0]);
    }
  }
}
