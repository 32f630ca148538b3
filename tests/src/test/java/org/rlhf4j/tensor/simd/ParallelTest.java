package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyItemOnce(int threads) {
    try (Parallel parallel = new Parallel(threads)) {
      for (int n : new int[] {0, 1, 2, 7, 64, 1001}) {
        for (int grain : new int[] {1, 3, 1000}) {
          AtomicIntegerArray visits = new AtomicIntegerArray(n);
          parallel.rows(
              n,
              grain,
              (from, to) -> {
                for (int i = from; i < to; i++) {
                  visits.incrementAndGet(i);
                }
              });
          for (int i = 0; i < n; i++) {
            assertEquals(1, visits.get(i), "item " + i + " of " + n);
          }
        }
      }
    }
  }

  @Test
  void piecesOfElementsBeginAtBlocks() {
    try (Parallel parallel = new Parallel(3)) {
      int n = 100 * Parallel.BLOCK + 17;
      AtomicBoolean misaligned = new AtomicBoolean();
      AtomicIntegerArray visits = new AtomicIntegerArray(n);
      parallel.elements(
          n,
          1,
          (from, to) -> {
            misaligned.compareAndSet(false, from % Parallel.BLOCK != 0);
            for (int i = from; i < to; i++) {
              visits.incrementAndGet(i);
            }
          });
      assertFalse(misaligned.get());
      for (int i = 0; i < n; i++) {
        assertEquals(1, visits.get(i), "element " + i);
      }
    }
  }

  @Test
  void anExceptionOfAnyPieceReachesTheCallerAndTheLoopGoesOn() {
    try (Parallel parallel = new Parallel(3)) {
      AtomicIntegerArray visits = new AtomicIntegerArray(100);
      IllegalArgumentException failure =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  parallel.rows(
                      100,
                      1,
                      (from, to) -> {
                        for (int i = from; i < to; i++) {
                          visits.incrementAndGet(i);
                        }
                        if (from <= 50 && 50 < to) {
                          throw new IllegalArgumentException("item 50");
                        }
                      }));
      assertEquals("item 50", failure.getMessage());
      assertEquals(1, visits.get(99));
      parallel.rows(100, 1, (from, to) -> visits.addAndGet(from, to - from));
    }
  }

  @Test
  void aLoopWithinALoopIsRefused() {
    try (Parallel parallel = new Parallel(2)) {
      IllegalStateException failure =
          assertThrows(
              IllegalStateException.class,
              () -> parallel.rows(9, 1, (_, _) -> parallel.rows(9, 1, (_, _) -> {})));
      assertEquals(
          "the backend is used by two threads at once; open one backend for each",
          failure.getMessage());
    }
  }

  @Test
  void closedMeansClosed() {
    Parallel parallel = new Parallel(2);
    parallel.close();
    IllegalStateException failure =
        assertThrows(IllegalStateException.class, () -> parallel.rows(1, 1, (_, _) -> {}));
    assertEquals("the backend is closed", failure.getMessage());
  }
}
