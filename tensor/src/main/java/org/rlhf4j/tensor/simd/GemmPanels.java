package org.rlhf4j.tensor.simd;

import java.util.Arrays;

/** Copies a and b into the panels that {@link GemmTile} reads, zeros beyond the edge. */
final class GemmPanels {
  private GemmPanels() {}

  /** panel[p, r] = a[row + r, from + p]. */
  static void packRows(
      Gemm.Matrix a, int row, int m, int from, int depth, float[] panel, int first) {
    int rows = Math.min(GemmTile.ROWS, m - row);
    int source = a.index(row, from);
    pack(
        a.values(),
        source,
        a.rowStride(),
        a.columnStride(),
        rows,
        depth,
        panel,
        first,
        GemmTile.ROWS);
  }

  /** panel[p, s] = b[from + p, column + s]. */
  static void packColumns(
      Gemm.Matrix b, int column, int n, int from, int depth, float[] panel, int first) {
    int columns = Math.min(GemmTile.COLUMNS, n - column);
    int source = b.index(from, column);
    pack(
        b.values(),
        source,
        b.columnStride(),
        b.rowStride(),
        columns,
        depth,
        panel,
        first,
        GemmTile.COLUMNS);
  }

  /** All panels of the rows of a, one after the other. */
  static void packAllRows(Gemm.Matrix a, int m, int depth, float[] panels) {
    for (int row = 0; row < m; row += GemmTile.ROWS) {
      packRows(a, row, m, 0, depth, panels, row * depth);
    }
  }

  /** panel[first + p width + r] = x[source + r across + p along] for r below count, else 0. */
  private static void pack(
      float[] x,
      int source,
      int across,
      int along,
      int count,
      int depth,
      float[] panel,
      int first,
      int width) {
    if (count < width) {
      Arrays.fill(panel, first, first + depth * width, 0);
    }
    if (across == 1) {
      for (int p = 0; p < depth; p++) {
        System.arraycopy(x, source + p * along, panel, first + p * width, count);
      }
      return;
    }
    // A transposition: four rows at a time, so that neither reads nor writes leave the L1 cache.
    int r = 0;
    for (; r <= count - 4; r += 4) {
      int x0 = source + r * across;
      int x1 = x0 + across;
      int x2 = x1 + across;
      int x3 = x2 + across;
      for (int p = 0; p < depth; p++) {
        int at = first + p * width + r;
        panel[at] = x[x0 + p * along];
        panel[at + 1] = x[x1 + p * along];
        panel[at + 2] = x[x2 + p * along];
        panel[at + 3] = x[x3 + p * along];
      }
    }
    for (; r < count; r++) {
      for (int p = 0; p < depth; p++) {
        panel[first + p * width + r] = x[source + r * across + p * along];
      }
    }
  }
}
