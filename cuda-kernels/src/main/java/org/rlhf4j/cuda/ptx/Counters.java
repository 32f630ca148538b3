package org.rlhf4j.cuda.ptx;

import java.util.Arrays;

/** What a launch has done so far. */
final class Counters {
  private final int[] words = new int[32];
  private final int[] perBank = new int[32];
  private final long[] sectors = new long[64];
  long laneInstructions;
  long globalRequests;
  long globalSectors;
  long globalReadBytes;
  long globalWriteBytes;
  long sharedRequests;
  long bankConflicts;
  long barriers;

  void global(long[] addresses, int mask, int width, boolean write) {
    globalRequests++;
    globalSectors += sectors(addresses, mask);
    if (write) {
      globalWriteBytes += (long) width * Integer.bitCount(mask);
    } else {
      globalReadBytes += (long) width * Integer.bitCount(mask);
    }
  }

  /** Distinct sectors; an aligned access of at most 16 bytes never straddles two. */
  private int sectors(long[] addresses, int mask) {
    int count = 0;
    long highest = -1;
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      long sector = addresses[Integer.numberOfTrailingZeros(rest)] >>> 5;
      int at = sector > highest ? -1 : count - 1;
      while (at >= 0 && sectors[at] != sector) {
        at--;
      }
      if (at < 0) {
        sectors[count++] = sector;
        highest = Math.max(highest, sector);
      }
    }
    return count;
  }

  /**
   * Shared memory has 32 banks of 4 bytes; lanes that want different words of one bank take turns.
   * Accesses of 8 and 16 bytes are served by half and quarter warps.
   */
  void shared(long[] addresses, int mask, int width) {
    sharedRequests++;
    int lanes = width <= 4 ? 32 : width == 8 ? 16 : 8;
    for (int first = 0; first < 32; first += lanes) {
      int part = mask & (lanes == 32 ? -1 : ((1 << lanes) - 1) << first);
      if (part != 0) {
        bankConflicts += passes(addresses, part, Math.max(1, width / 4)) - 1;
      }
    }
  }

  private int passes(long[] addresses, int mask, int wordsEach) {
    if (wordsEach == 1 && areOnePass(addresses, mask)) {
      return 1;
    }
    int distinct = 0;
    int passes = 1;
    int highest = -1;
    Arrays.fill(perBank, 0);
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      int word = (int) (addresses[Integer.numberOfTrailingZeros(rest)] >>> 2);
      int at = word > highest ? -1 : distinct - 1;
      while (at >= 0 && words[at] != word) {
        at--;
      }
      if (at < 0) {
        words[distinct++] = word;
        highest = Math.max(highest, word);
        for (int i = 0; i < wordsEach; i++) {
          passes = Math.max(passes, ++perBank[word + i & 31]);
        }
      }
    }
    return passes;
  }

  /** The common cases: lanes want one and the same word, or neighbouring words in their order. */
  private static boolean areOnePass(long[] addresses, int mask) {
    int first = Integer.numberOfTrailingZeros(mask);
    long word = addresses[first] >>> 2;
    boolean same = true;
    boolean neighbours = true;
    for (int rest = mask & mask - 1; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      long away = (addresses[lane] >>> 2) - word;
      same &= away == 0;
      neighbours &= away == lane - first;
    }
    return same || neighbours;
  }
}
