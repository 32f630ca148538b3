package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.transformer.Decoder;

class ProximalPolicyTest {
  private static final double BETA = 0.5;

  private static DemoConfig config(int iterations, double learningRate, double missingEndPenalty) {
    DemoConfig tiny = TinyRun.config();
    return new DemoConfig(
        tiny.seed(),
        tiny.data(),
        tiny.model(),
        new DemoConfig.Sampling(1, 128),
        tiny.pretraining(),
        tiny.tuning(),
        tiny.preferences(),
        tiny.rewardModel(),
        new DemoConfig.Ppo(
            iterations, 256, 2, 64, learningRate, 0.2, 0.2, 0.5, 1, 0.95, BETA, missingEndPenalty),
        tiny.dpo(),
        tiny.evaluation());
  }

  /** Red is worth 1, blue -1, everything else nothing. */
  private static double reward(int token) {
    return token == TinyRun.id("red") ? 1 : token == TinyRun.id("blue") ? -1 : 0;
  }

  private static Reward bandit() {
    return samples ->
        samples.stream().mapToDouble(s -> reward(s.dialogue().completion()[0])).toArray();
  }

  /** The law of the first token of an answer. */
  private static double[] law(Run run, Decoder policy) {
    DialogueBatch batch =
        DialogueBatch.of(
            List.of(
                new Dialogue(run.task().template().prompt("go"), new int[] {TinyRun.id("red")})));
    int vocabulary = TinyRun.WORDS.vocabularySize();
    int last = batch.ids()[0].length - 2;
    try (Tape tape = Tape.noGrad(run.pool())) {
      double[] all =
          policy
              .logits(policy.hidden(tape, batch.tokens(), Mode.EVALUATION))
              .softmax()
              .value()
              .toDoubles();
      return Arrays.copyOfRange(all, last * vocabulary, (last + 1) * vocabulary);
    }
  }

  /**
   * Answers of one token are a bandit, whose optimum is pi(y) = reference(y) exp(reward(y) / beta)
   * / Z. Value head, advantages, clipping, both penalties' signs and the sampling must be right to
   * land on it.
   */
  @Test
  void aBanditEndsAtTheClosedFormOptimum() throws Exception {
    TinyRun.with(
        config(60, 2e-3, 0),
        TinyRun.colours(1),
        run -> {
          Decoder reference = TinyRun.decoder(run);
          double[] optimum = law(run, reference);
          for (int token = 0; token < optimum.length; token++) {
            optimum[token] *= Math.exp(reward(token) / BETA);
          }
          double total = Arrays.stream(optimum).sum();

          double[] learned = law(run, ProximalPolicy.run(run, reference, bandit()));

          double distance = 0;
          for (int token = 0; token < optimum.length; token++) {
            distance += Math.abs(learned[token] - optimum[token] / total) / 2;
          }
          assertTrue(distance < 0.05, "total variation " + distance);
        });
  }

  /** Without an update the policy is the reference: every KL is 0 and every ratio 1. */
  @Test
  void beforeTheFirstUpdateThePolicyIsTheReference() throws Exception {
    TinyRun.with(
        config(2, 1e-12, 1),
        TinyRun.colours(2),
        run -> {
          ProximalPolicy.run(run, TinyRun.decoder(run), bandit());
          for (Journal.Entry entry : run.journal().entries()) {
            assertEquals(0, entry.metrics().get("kl"), 1e-5);
            entry.metrics().forEach((name, value) -> assertTrue(Double.isFinite(value), name));
          }
        });
  }

  /** With no reward but a penalty for being cut off, the policy learns to stop in time. */
  @Test
  void aPenaltyForNoEndTeachesToStop() throws Exception {
    TinyRun.with(
        config(25, 2e-3, 3),
        TinyRun.colours(3),
        run -> {
          ProximalPolicy.run(run, TinyRun.decoder(run), samples -> new double[samples.size()]);
          double before =
              1 - run.journal().entries().getFirst().metrics().get("completion/truncated");
          double after =
              1 - run.journal().entries().getLast().metrics().get("completion/truncated");
          assertTrue(before < 0.4 && after > 0.8, before + " finished before, " + after + " after");
        });
  }
}
