package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Copies a and b into the panels that {@link GemmTile} reads, zeros beyond the edge. */
final class GemmPanels {
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
  private static final VectorShuffle<Float> HALVES = VectorShuffle.fromValues(FOUR, 2, 3, 0, 1);
  private static final VectorShuffle<Float> NEIGHBOURS = VectorShuffle.fromValues(FOUR, 1, 0, 3, 2);
  private static final VectorMask<Float> UPPER =
      VectorMask.fromValues(FOUR, false, false, true, true);
  private static final VectorMask<Float> ODD =
      VectorMask.fromValues(FOUR, false, true, false, true);

  /** Steps of k that are turned together: 8 KiB of a panel of b, which the L1 cache keeps. */
  private static final int STRETCH = 64;

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
      copy(x, source, along, count, depth, panel, first, width);
      return;
    }
    int whole = along == 1 ? depth / 4 * 4 : 0;
    int r = count / 4 * 4;
    for (int p = 0; p < depth; p += STRETCH) {
      int steps = Math.min(STRETCH, depth - p);
      int to = first + p * width;
      for (int q = 0; q < r; q += 4) {
        int from = source + q * across + p * along;
        turnFour(
            x, from, across, along, Math.clamp(whole - p, 0, steps), steps, panel, to + q, width);
      }
    }
    for (; r < count; r++) {
      for (int p = 0; p < depth; p++) {
        panel[first + p * width + r] = x[source + r * across + p * along];
      }
    }
  }

  /** y[first + p width + r] = x[source + r across + p] for r below count and p below depth. */
  static void turn(
      float[] x, int source, int across, int count, int depth, float[] y, int first, int width) {
    int r = 0;
    for (; r <= count - 4; r += 4) {
      turnFour(x, source + r * across, across, 1, depth / 4 * 4, depth, y, first + r, width);
    }
    for (; r < count; r++) {
      for (int p = 0; p < depth; p++) {
        y[first + p * width + r] = x[source + r * across + p];
      }
    }
  }

  /**
   * Rows of x become rows of the panel, as many vectors of a row at once as there may be: the rows
   * lie far apart, and many of them share a set of the cache.
   */
  private static void copy(
      float[] x, int source, int along, int count, int depth, float[] panel, int first, int width) {
    int r = 0;
    for (; r <= count - 2 * LANES; r += 2 * LANES) {
      copyTwo(x, source + r, along, depth, panel, first + r, width);
    }
    for (; r <= count - 12; r += 12) {
      copyTwelve(x, source + r, along, depth, panel, first + r, width);
    }
    for (; r <= count - 4; r += 4) {
      int from = source + r;
      int to = first + r;
      for (int p = 0; p < depth; p++) {
        FloatVector.fromArray(FOUR, x, from).intoArray(panel, to);
        from += along;
        to += width;
      }
    }
    for (; r < count; r++) {
      for (int p = 0; p < depth; p++) {
        panel[first + p * width + r] = x[source + p * along + r];
      }
    }
  }

  /** Two whole vectors of each row: a panel of b. */
  private static void copyTwo(
      float[] x, int from, int along, int depth, float[] panel, int to, int width) {
    for (int p = 0; p < depth; p++) {
      FloatVector.fromArray(F, x, from).intoArray(panel, to);
      FloatVector.fromArray(F, x, from + LANES).intoArray(panel, to + LANES);
      from += along;
      to += width;
    }
  }

  /** Twelve numbers of each row: a panel of a. */
  private static void copyTwelve(
      float[] x, int from, int along, int depth, float[] panel, int to, int width) {
    for (int p = 0; p < depth; p++) {
      FloatVector.fromArray(FOUR, x, from).intoArray(panel, to);
      FloatVector.fromArray(FOUR, x, from + 4).intoArray(panel, to + 4);
      FloatVector.fromArray(FOUR, x, from + 8).intoArray(panel, to + 8);
      from += along;
      to += width;
    }
  }

  /**
   * Four rows of x become four columns of the panel, a square of 4 by 4 at a time up to step {@code
   * whole}: swap the halves of rows 0 and 2, 1 and 3; then the neighbours of rows 0 and 1, 2 and 3.
   * The other steps go one by one.
   */
  private static void turnFour(
      float[] x,
      int source,
      int across,
      int along,
      int whole,
      int depth,
      float[] panel,
      int first,
      int width) {
    for (int p = 0; p < whole; p += 4) {
      int from = source + p;
      FloatVector x0 = FloatVector.fromArray(FOUR, x, from);
      FloatVector x1 = FloatVector.fromArray(FOUR, x, from + across);
      FloatVector x2 = FloatVector.fromArray(FOUR, x, from + 2 * across);
      FloatVector x3 = FloatVector.fromArray(FOUR, x, from + 3 * across);
      FloatVector y0 = x0.blend(x2.rearrange(HALVES), UPPER);
      FloatVector y2 = x0.rearrange(HALVES).blend(x2, UPPER);
      FloatVector y1 = x1.blend(x3.rearrange(HALVES), UPPER);
      FloatVector y3 = x1.rearrange(HALVES).blend(x3, UPPER);
      int to = first + p * width;
      y0.blend(y1.rearrange(NEIGHBOURS), ODD).intoArray(panel, to);
      y0.rearrange(NEIGHBOURS).blend(y1, ODD).intoArray(panel, to + width);
      y2.blend(y3.rearrange(NEIGHBOURS), ODD).intoArray(panel, to + 2 * width);
      y2.rearrange(NEIGHBOURS).blend(y3, ODD).intoArray(panel, to + 3 * width);
    }
    for (int p = whole; p < depth; p++) {
      int from = source + p * along;
      int to = first + p * width;
      panel[to] = x[from];
      panel[to + 1] = x[from + across];
      panel[to + 2] = x[from + 2 * across];
      panel[to + 3] = x[from + 3 * across];
    }
  }
}
