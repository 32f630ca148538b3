package org.rlhf4j.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rlhf4j.nn.Schedule.Decay;

class ScheduleTest {
  @ParameterizedTest
  // a warm-up of 4 steps to 2, then 8 steps down to a quarter of it
  @CsvSource({
    "CONSTANT, 0, 0.5",
    "CONSTANT, 3, 2",
    "CONSTANT, 8, 2",
    "CONSTANT, 99, 2",
    "LINEAR, 1, 1",
    "LINEAR, 4, 2",
    "LINEAR, 8, 1.25",
    "LINEAR, 12, 0.5",
    "LINEAR, 99, 0.5",
    "COSINE, 2, 1.5",
    "COSINE, 4, 2",
    "COSINE, 6, 1.7803300858899107",
    "COSINE, 8, 1.25",
    "COSINE, 12, 0.5",
    "COSINE, 99, 0.5"
  })
  void goesUpToThePeakAndDownToItsFraction(Decay decay, int step, double expected) {
    assertEquals(expected, new Schedule(2, 4, 12, 0.25, decay).at(step), 1e-15);
  }

  @Test
  void withoutWarmUpItBeginsAtThePeak() {
    assertEquals(3, new Schedule(3, 0, 10, 0, Decay.LINEAR).at(0), 0);
    assertEquals(3, Schedule.constant(3).at(0), 0);
    assertEquals(3, Schedule.constant(3).at(1000), 0);
  }

  @Test
  void refusesWhatIsNoSchedule() {
    assertThrows(IllegalArgumentException.class, () -> Schedule.constant(0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.constant(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(1, 5, 4));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(1, -1, 4));
    assertThrows(IllegalArgumentException.class, () -> new Schedule(1, 0, 4, 1.5, Decay.LINEAR));
  }
}
