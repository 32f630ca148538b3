package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class DialogueBatchTest {
  private static final DialogueBatch BATCH =
      DialogueBatch.of(
          List.of(
              new Dialogue(new int[] {1, 5, 6}, new int[] {7, 2}),
              new Dialogue(new int[] {1}, new int[] {8})));

  @Test
  void completionsCountWithTheirEndTokenAndPaddingNever() {
    assertArrayEquals(new int[] {1, 5, 6, 7, 2}, BATCH.ids()[0]);
    assertArrayEquals(new boolean[] {false, false, false, true, true}, BATCH.mask()[0]);
    assertArrayEquals(new boolean[] {false, true, false, false, false}, BATCH.mask()[1]);
    assertEquals(7, BATCH.tokenCount());
  }

  @Test
  void predictedIsTheMaskOneStepEarlier() {
    assertArrayEquals(new boolean[] {false, false, true, true}, BATCH.predicted()[0]);
    assertArrayEquals(new boolean[] {true, false, false, false}, BATCH.predicted()[1]);
  }

  @Test
  void emptyPartsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Dialogue(new int[] {1}, new int[0]));
  }
}
