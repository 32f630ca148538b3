package org.rlhf4j.cuda.ptx;

import java.util.Arrays;

/**
 * One contiguous piece of memory in words of four bytes, with a shadow that knows which bytes were
 * written, and for each word the last write and two readers. Two, because with one reader a thread
 * that reads and then writes a word hides another thread's read of it.
 */
final class Segment {
  final String label;
  final long base;
  final long bytes;
  final int[] words;
  private final byte[] written;
  private long[] writer = new long[0];
  private long[] reader = new long[0];
  private long[] otherReader = new long[0];
  private long launch = -1;

  Segment(String label, long base, long bytes) {
    this.label = label;
    this.base = base;
    this.bytes = bytes;
    this.words = new int[Math.toIntExact((bytes + 3) / 4)];
    this.written = new byte[words.length];
  }

  boolean contains(long address, int width) {
    long offset = address - base;
    return offset >= 0 && offset + width <= bytes;
  }

  /** Forgets the accesses of earlier launches. */
  void beginLaunch(long number) {
    if (launch == number) {
      return;
    }
    launch = number;
    if (writer.length != words.length) {
      writer = new long[words.length];
      reader = new long[words.length];
      otherReader = new long[words.length];
    } else {
      clearAccesses();
    }
  }

  boolean isTouchedBy(long number) {
    return launch == number;
  }

  private void clearAccesses() {
    Arrays.fill(writer, 0);
    Arrays.fill(reader, 0);
    Arrays.fill(otherReader, 0);
  }

  /** Makes the contents unwritten again, as at the start of a block. */
  void forget() {
    Arrays.fill(written, (byte) 0);
    clearAccesses();
  }

  void markWritten(int word, int count) {
    Arrays.fill(written, word, word + count, (byte) 15);
  }

  /** The first word in the range with a byte that was never written, or -1. */
  int firstUnwritten(int word, int count) {
    for (int i = word; i < word + count; i++) {
      if (written[i] != 15) {
        return i;
      }
    }
    return -1;
  }

  void requireWritten(Warp warp, int lane, int word, int byteMask) {
    if ((byteMask & ~written[word]) != 0) {
      throw warp.fault(
          PtxFault.Kind.UNINITIALISED_MEMORY,
          lane,
          "reads " + place(word) + ", which nothing has written");
    }
  }

  void read(Warp warp, int lane, int word, int byteMask, long access) {
    requireWritten(warp, lane, word, byteMask);
    long now = access | (long) byteMask << Stamp.BYTES;
    long blockMask = warp.blockMask;
    long last = writer[word];
    if (last != 0 && Stamp.unordered(last, now, blockMask)) {
      throw race(warp, lane, "reads", word, "wrote", last, now);
    }
    long first = reader[word];
    if (first == 0
        || Stamp.sameThread(first, now)
        || Stamp.barrierBetween(first ^ now, blockMask)) {
      reader[word] = now;
    } else {
      otherReader[word] = now;
    }
  }

  void write(Warp warp, int lane, int word, int byteMask, long access) {
    long now = access | (long) byteMask << Stamp.BYTES;
    long blockMask = warp.blockMask;
    long last = writer[word];
    if (last != 0 && Stamp.unordered(last, now, blockMask)) {
      throw race(warp, lane, "writes", word, "wrote", last, now);
    }
    long first = reader[word];
    if (first != 0 && Stamp.unordered(first, now, blockMask)) {
      throw race(warp, lane, "writes", word, "read", first, now);
    }
    long second = otherReader[word];
    if (second != 0 && Stamp.unordered(second, now, blockMask)) {
      throw race(warp, lane, "writes", word, "read", second, now);
    }
    writer[word] = now;
    written[word] |= (byte) byteMask;
  }

  String place(long word) {
    return label + " + " + word * 4 + " (word " + word + ")";
  }

  private PtxFault race(
      Warp warp, int lane, String does, int word, String did, long other, long now) {
    boolean atomic = ((other | now) & Stamp.ATOMIC) != 0;
    return warp.fault(
        PtxFault.Kind.RACE,
        lane,
        does
            + " "
            + place(word)
            + " = 0x"
            + Integer.toHexString(words[word])
            + " ("
            + Float.intBitsToFloat(words[word])
            + "), which "
            + warp.threadOf(other)
            + " "
            + did
            + " with no barrier between them"
            + (atomic ? "; only one of the two is atomic" : ""));
  }
}
