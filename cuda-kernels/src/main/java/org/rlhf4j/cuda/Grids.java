package org.rlhf4j.cuda;

import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.Dim;

/** Grids and blocks from shapes: the launch shapes that the kernel files ask for. */
final class Grids {
  private static final int BLOCKS_EACH = 8;
  private static final int THREADS = 256;
  private static final int WARP_ROW = 1024;

  private final int mostBlocks;

  /** Grids for a device of that many multiprocessors, eight blocks of 256 threads each. */
  Grids(int multiprocessors) {
    mostBlocks = BLOCKS_EACH * multiprocessors;
  }

  /** A warp a row up to 1,024 columns; beyond, a block a row, larger as the row is longer. */
  static Launch rows(String file, String entry, int rows, int columns) {
    if (columns <= WARP_ROW) {
      return Launch.of(file, entry, Dim.of(Math.ceilDiv(rows, 8)), Dim.of(32, 8));
    }
    int threads = columns <= 4096 ? 256 : columns <= 32_768 ? 512 : 1024;
    return Launch.of(file, entry, Dim.of(rows), Dim.of(threads));
  }

  /** A block a row, larger as the row is longer; at least two warps. */
  static Launch blocks(String file, String entry, int rows, int columns) {
    int threads = columns <= 1024 ? 128 : columns <= 32_768 ? 512 : 1024;
    return Launch.of(file, entry, Dim.of(rows), Dim.of(threads));
  }

  /** An element a thread; where blocks run out, threads stride over the rest. */
  Launch elements(String file, String entry, int count) {
    int blocks = Math.clamp(Math.ceilDiv(count, THREADS), 1, mostBlocks);
    return Launch.of(file, entry, Dim.of(blocks), Dim.of(THREADS));
  }

  /** Four elements a thread, likewise. */
  Launch fours(String file, String entry, int count) {
    return elements(file, entry, Math.ceilDiv(count, 4));
  }

  /** 32 columns a block, 32 threads down each. */
  static Launch columns(String file, String entry, int columns, int outer) {
    return Launch.of(file, entry, Dim.of(Math.ceilDiv(columns, 32), outer), Dim.of(32, 32));
  }
}
