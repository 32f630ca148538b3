package org.rlhf4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StepMemoryTest {
  @Test
  void ourStepTakesWhatTheoryNeedsAndAtMostAFifthMore() {
    assertEquals(1.1, StepMemory.ours("0.3M") / StepMemory.theory("0.3M"), 0.1);
  }
}
