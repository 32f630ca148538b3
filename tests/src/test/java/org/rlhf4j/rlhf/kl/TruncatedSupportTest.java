package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TruncatedSupportTest {
  private static final double[] LOGITS = {
    Math.log(0.1) + 3, Math.log(0.4) + 3, Math.log(0.3) + 3, Math.log(0.2) + 3
  };

  @Test
  void keptSets() {
    assertArrayEquals(new boolean[] {false, true, true, false}, TruncatedSupport.topK(LOGITS, 2));
    assertArrayEquals(new boolean[] {true, true, true, true}, TruncatedSupport.topK(LOGITS, 9));
    assertArrayEquals(
        new boolean[] {true, true, false}, TruncatedSupport.topK(new double[] {1, 1, 1}, 2));
    assertArrayEquals(new boolean[] {false, true, true, false}, TruncatedSupport.topP(LOGITS, 0.6));
    assertArrayEquals(new boolean[] {false, true, true, true}, TruncatedSupport.topP(LOGITS, 0.75));
    assertArrayEquals(
        new boolean[] {false, true, false, false}, TruncatedSupport.topP(LOGITS, 1e-9));
  }

  @Test
  void trap1TheFullScoreIsOffByTheKeptMass() {
    boolean[] kept = TruncatedSupport.topK(LOGITS, 2);
    double[] logprobs = TruncatedSupport.logprobs(LOGITS, kept);
    assertEquals(Math.log(4 / 7.0), logprobs[1], 1e-14);
    assertEquals(Math.log(3 / 7.0), logprobs[2], 1e-14);
    assertTrue(logprobs[0] == Double.NEGATIVE_INFINITY);
    assertEquals(Math.log(0.7), TruncatedSupport.logKeptMass(LOGITS, kept), 1e-14);
    assertEquals(
        0, TruncatedSupport.logKeptMass(LOGITS, new boolean[] {true, true, true, true}), 0);

    // Samples of the truncated policy, policy = reference. Scored with its own truncated
    // log-probabilities against the full reference, k1 averages to the true KL -log(.7) >= 0;
    // a reference that differs makes the mixed-up form negative
    double[] reference = {Math.log(0.05), Math.log(0.5), Math.log(0.35), Math.log(0.1)};
    double full = 0;
    double corrected = 0;
    double trueKl = 0;
    for (int y = 1; y <= 2; y++) {
      double p = Math.exp(logprobs[y]);
      full += p * (LOGITS[y] - 3 - reference[y]);
      corrected += p * (logprobs[y] - reference[y]);
      trueKl += p * Math.log(p / Math.exp(reference[y]));
    }
    assertTrue(full < 0);
    assertEquals(trueKl, corrected, 1e-14);
    assertTrue(corrected > 0);
    assertEquals(-Math.log(0.7), corrected - full, 1e-14);
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> TruncatedSupport.topK(LOGITS, 0));
    assertThrows(IllegalArgumentException.class, () -> TruncatedSupport.topP(LOGITS, 0));
    assertThrows(IllegalArgumentException.class, () -> TruncatedSupport.topP(LOGITS, 1.1));
    assertThrows(
        IllegalArgumentException.class, () -> TruncatedSupport.logprobs(LOGITS, new boolean[4]));
  }
}
