package org.rlhf4j.cuda.ptx;

import java.util.Arrays;
import java.util.TreeMap;

/**
 * Device memory: allocations with a gap of at least 4 KB between them, so that an index that runs
 * over never lands in a neighbour. Addresses are not used again, so that a freed buffer stays
 * known.
 */
public final class GlobalMemory {
  private static final long FIRST = 0x7f00_0000_0000L;
  private static final long GAP = 4096;
  private static final int ALIGN = 256;

  private final TreeMap<Long, Segment> live = new TreeMap<>();
  private final TreeMap<Long, Freed> freed = new TreeMap<>();
  private long next = FIRST;

  /** Where instructions found their last address, by their place: mostly the next is there too. */
  private final Segment[] recent = new Segment[64];

  public GlobalMemory() {
    Arrays.fill(recent, new Segment("nothing", 0, 0));
  }

  private record Freed(String label, long bytes) {}

  /** Reserves memory that counts as never written; returns its address, a multiple of 256. */
  public long allocate(long bytes, String label) {
    if (bytes < 1) {
      throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
    }
    long address = next;
    live.put(address, new Segment(label, address, bytes));
    next = Math.ceilDiv(address + bytes + GAP, (long) ALIGN) * ALIGN;
    return address;
  }

  /** Releases an allocation. */
  public void free(long address) {
    Segment segment = live.remove(address);
    if (segment == null) {
      throw new IllegalStateException(
          (freed.containsKey(address) ? "freed twice: " : "not an allocation: ") + hex(address));
    }
    freed.put(address, new Freed(segment.label, segment.bytes));
  }

  /** Number of allocations not yet freed. */
  public int allocations() {
    return live.size();
  }

  /** Copies words to the device. */
  public void upload(long address, int[] words, int offset, int count) {
    if (count == 0) {
      return;
    }
    Segment segment = require(address, 4L * count);
    int at = word(segment, address);
    System.arraycopy(words, offset, segment.words, at, count);
    segment.markWritten(at, count);
  }

  /**
   * Copies words to the host.
   *
   * @throws PtxFault where a word was never written
   */
  public void download(long address, int[] words, int offset, int count) {
    if (count == 0) {
      return;
    }
    Segment segment = require(address, 4L * count);
    int at = word(segment, address);
    int unwritten = segment.firstUnwritten(at, count);
    if (unwritten >= 0) {
      throw new PtxFault(
          PtxFault.Kind.UNINITIALISED_MEMORY,
          segment.place(unwritten) + " is copied to the host, but nothing has written it");
    }
    System.arraycopy(segment.words, at, words, offset, count);
  }

  /** Copies within the device; ranges of one allocation may overlap. */
  public void copy(long to, long from, int count) {
    int[] words = new int[count];
    download(from, words, 0, count);
    upload(to, words, 0, count);
  }

  /** Sets every word. */
  public void fill(long address, int word, int count) {
    if (count == 0) {
      return;
    }
    Segment segment = require(address, 4L * count);
    int at = word(segment, address);
    Arrays.fill(segment.words, at, at + count, word);
    segment.markWritten(at, count);
  }

  private static int word(Segment segment, long address) {
    if ((address & 3) != 0) {
      throw new IllegalArgumentException("address " + hex(address) + " is not a multiple of 4");
    }
    return (int) ((address - segment.base) >>> 2);
  }

  private Segment require(long address, long bytes) {
    var entry = live.floorEntry(address);
    long end = address + bytes;
    if (entry == null || end > entry.getValue().base + entry.getValue().bytes) {
      throw new IllegalArgumentException(describe(address, bytes));
    }
    return entry.getValue();
  }

  /** The allocation that holds the access, or the fault that it is outside of all. */
  Segment locate(Warp warp, int lane, long address, int width) {
    int place = warp.instruction() & recent.length - 1;
    Segment near = recent[place];
    // nothing is freed during a launch, and what was freed before has not been touched by this one
    if (near.contains(address, width) && near.isTouchedBy(warp.machine.launch)) {
      return near;
    }
    var entry = live.floorEntry(address);
    if (entry == null || !entry.getValue().contains(address, width)) {
      throw warp.fault(PtxFault.Kind.OUT_OF_BOUNDS, lane, describe(address, width));
    }
    Segment segment = entry.getValue();
    segment.beginLaunch(warp.machine.launch);
    recent[place] = segment;
    return segment;
  }

  private String describe(long address, long width) {
    String access = "touches " + width + " bytes at " + hex(address) + ", ";
    var dead = freed.floorEntry(address);
    if (dead != null && address < dead.getKey() + dead.getValue().bytes()) {
      return access + "inside of " + dead.getValue().label() + ", which was freed";
    }
    var below = live.floorEntry(address);
    var above = live.higherEntry(address);
    if (below != null && (above == null || above.getKey() - address > GAP)) {
      Segment segment = below.getValue();
      return access
          + (address + width - segment.base - segment.bytes)
          + " bytes past the end of "
          + segment.label
          + " ("
          + segment.bytes
          + " bytes)";
    }
    if (above != null && above.getKey() - address <= GAP) {
      return access + (above.getKey() - address) + " bytes before " + above.getValue().label;
    }
    return access + "which belongs to no allocation";
  }

  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }
}
