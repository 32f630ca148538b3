package org.rlhf4j.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rlhf4j.cuda.ptx.Options;

/** Whatever is put into a step, what it does is what it would do at once. */
class RepeatedStepsTest {
  private final RecordedDriver recorded =
      RecordedDriver.around(new EmulatedDriver(Options.checked()));
  private final RepeatedSteps driver = new RepeatedSteps(recorded.driver());
  private final long a = driver.allocate(16);
  private final long b = driver.allocate(16);

  @AfterEach
  void close() {
    driver.free(a);
    driver.free(b);
    driver.close();
  }

  private void step(Runnable body) {
    driver.begin();
    body.run();
    driver.end();
  }

  private int word(long address) {
    int[] words = new int[1];
    driver.download(address, words);
    return words[0];
  }

  @Test
  void aGraphReadsWhatIsInMemoryWhenItIsReplayed() {
    for (int i = 1; i <= 3; i++) {
      driver.upload(new int[] {i}, a);
      step(() -> driver.copy(a, b, 1));
      assertEquals(i, word(b));
    }
    assertEquals(1, recorded.count("beginCapture"));
    assertEquals(3, recorded.count("replay"));
    assertEquals(1, recorded.count("copy"));
  }

  @Test
  void otherWorkIsAnotherGraph() {
    IntConsumer fill = value -> step(() -> driver.fill(a, value, 1));
    for (int value : new int[] {1, 2, 1, 2}) {
      fill.accept(value);
      assertEquals(value, word(a));
    }
    assertEquals(2, recorded.count("beginCapture"));
    assertEquals(4, recorded.count("replay"));
  }

  @Test
  void anUploadWithinAStepKeepsItsPlace() {
    step(() -> {
      driver.fill(a, 1, 1);
      driver.copy(a, b, 1);
      driver.upload(new int[] {2}, a);
    });
    assertArrayEquals(new int[] {2, 1}, new int[] {word(a), word(b)});
  }

  @Test
  void aDownloadWithinAStepSeesTheWorkBefore() {
    step(() -> {
      driver.fill(a, 5, 1);
      assertEquals(5, word(a));
      driver.fill(a, 6, 1);
    });
    assertEquals(6, word(a));
  }

  @Test
  void memoryIsFreedAfterTheWorkOnIt() {
    long c = driver.allocate(16);
    step(() -> {
      driver.fill(c, 7, 1);
      driver.copy(c, a, 1);
      driver.free(c);
    });
    assertEquals(7, word(a));
  }

  @Test
  void graphsWithoutAPlaceAreForgotten() {
    for (int value = 0; value < 9; value++) {
      int word = value;
      step(() -> driver.fill(a, word, 1));
    }
    step(() -> driver.fill(a, 8, 1));
    assertEquals(9, recorded.count("beginCapture"));
    step(() -> driver.fill(a, 0, 1));
    assertEquals(10, recorded.count("beginCapture"), "the first is the one least recently used");
    assertEquals(0, word(a));
  }

  @Test
  void aStepWithinAStepIsRefused() {
    step(() -> assertThrows(IllegalStateException.class, driver::begin));
  }
}
