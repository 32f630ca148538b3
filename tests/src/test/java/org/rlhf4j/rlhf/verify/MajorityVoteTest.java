package org.rlhf4j.rlhf.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class MajorityVoteTest {
  @Test
  void votes() {
    assertEquals("b", MajorityVote.of(List.of("a", "b", "b", "c")));
    assertEquals("a", MajorityVote.of(List.of("a", "b", "c")));
    assertEquals("a", MajorityVote.of(List.of("a", "b", "b", "a")));
    assertEquals("c", MajorityVote.weighted(List.of("a", "b", "b", "c"), 1, 0.4, 0.4, 1.1));
    assertEquals("a", MajorityVote.weighted(List.of("a", "b"), 0, 0));
    assertArrayEquals(new double[] {0, 1, 1, 0}, MajorityVote.agreement(List.of(7, 42, 42, 8)));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> MajorityVote.of(List.of()));
    assertThrows(IllegalArgumentException.class, () -> MajorityVote.weighted(List.of("a"), 1, 2));
    assertThrows(IllegalArgumentException.class, () -> MajorityVote.weighted(List.of("a"), -1));
    assertThrows(
        IllegalArgumentException.class, () -> MajorityVote.weighted(List.of("a"), Double.NaN));
  }
}
