package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.MatrixKernels;

/**
 * c = op(a) op(b) in single precision.
 *
 * <p><b>Blocking</b> (Goto and van de Geijn 2008, "Anatomy of high-performance matrix
 * multiplication"). k is cut into blocks of {@link #DEPTH}, n into blocks of {@link #WIDTH}. For
 * each pair of blocks, a and b are first copied into panels: a panel of a holds {@code
 * GemmTile.ROWS} rows, a panel of b {@code GemmTile.COLUMNS} columns, each in the order in which
 * the tile reads it, padded with zeros. The copy undoes any transposition, so one inner loop serves
 * all four cases, and it makes the reads consecutive, which caches and prefetchers want:
 *
 * <pre>
 *                 panel of b: 2 vectors wide, 256 deep (32 KiB)
 *                      | |
 *   10 panels of a     | |      an item of the parallel loop: 10 tiles, 120 rows of c; the panels
 *   12 rows each    ---+-+---   of a (120 KiB) stay in L2 from one item to the next, the panel of b
 *   256 deep        ---+-+---   as long as the item lasts
 *                   ---+-+---   one tile: 12 rows by 2 vectors of sums in registers
 * </pre>
 *
 * Each meeting of two panels is one {@link GemmTile}. A tile that hangs over the edge of c is
 * computed whole, beside c, and its inner part copied. On 16 registers a panel of a has 4 rows.
 *
 * <p>Copying pays only when each element is used often. {@link #choose} sends the thin products of
 * generation to loops that read a and b where they are.
 *
 * <p>An element's k products are added in order within a block of k, and the blocks in order; that
 * depends on the shapes only, not on how c is cut.
 */
final class Gemm implements MatrixKernels {
  /** Steps of k in a block. */
  private static final int DEPTH = 256;

  /** Columns of b in a block, a multiple of the tile's. */
  private static final int WIDTH = 4096;

  /** Panels of a that meet one panel of b in an item of the parallel loop: 120 rows. */
  private static final int GROUP = 120 / GemmTile.ROWS;

  /** Rows, or terms of a sum, up to which a product is thin. */
  private static final int THIN = 8;

  /** Rows up to which scalar products beat a transposed copy of b, when they are long. */
  private static final int FEW = GemmTile.ROWS == 12 ? 16 : THIN;

  /**
   * Rows up to which b, unless transposed, is read where it is: copies would be used too seldom.
   */
  private static final int LOW = 4 * GemmTile.ROWS;

  /** Rows from which, and up to which, each row of a is a lane where b is transposed. */
  private static final int LEAST_LANES = 9;

  private static final int MOST_LANES = 16;

  /** Multiplications that are worth a thread: some 5 microseconds. */
  private static final int WORTH_A_THREAD = 1 << 18;

  /** How a product is computed. */
  enum Algorithm {
    /** Each lane of a vector is a row of a. */
    LANE_A_ROW,
    /** Each element is the scalar product of two rows. */
    DOT,
    /** Each row of c is a weighted sum of rows of b. */
    WEIGHTED_ROWS,
    /** Packed panels and register tiles. */
    BLOCKED
  }

  private final Parallel parallel;
  private final GemmThin thin;
  private final GemmLanes lanes;
  private float[] panelsA = new float[0];
  private float[] panelsB = new float[0];

  Gemm(Parallel parallel) {
    this.parallel = parallel;
    thin = new GemmThin(parallel);
    lanes = new GemmLanes(parallel);
  }

  /** {@return the algorithm for a shape: the only place that decides} */
  static Algorithm choose(
      int m, int n, int k, boolean transposeA, boolean transposeB, boolean accumulate) {
    int few = k >= 8 * LANES ? FEW : THIN;
    if (transposeB && !transposeA && !accumulate && m >= LEAST_LANES && m <= MOST_LANES) {
      return Algorithm.LANE_A_ROW;
    }
    if (transposeB && (!transposeA || m == 1) && Math.min(m, n) <= few && k >= LANES) {
      return Algorithm.DOT;
    }
    if (!transposeB && (m == 1 || k <= THIN)) {
      return Algorithm.WEIGHTED_ROWS;
    }
    return Algorithm.BLOCKED;
  }

  @Override
  public void multiply(
      Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor c, boolean accumulate) {
    int m = c.shape().dim(-2);
    int n = c.shape().dim(-1);
    int k = a.shape().dim(transposeA ? -2 : -1);
    if (k == 0 && !accumulate) {
      Arrays.fill(c.floats(), 0, c.size(), 0);
    }
    if (c.size() == 0 || k == 0) {
      return;
    }
    for (int g = 0; g < c.shape().outer(-2); g++) {
      Matrix left = new Matrix(a.floats(), g * m * k, transposeA ? 1 : k, transposeA ? m : 1);
      Matrix right = new Matrix(b.floats(), g * k * n, transposeB ? 1 : n, transposeB ? k : 1);
      switch (choose(m, n, k, transposeA, transposeB, accumulate)) {
        case LANE_A_ROW -> lanes.run(m, n, k, left, right.turned(), c.floats(), g * m * n);
        case DOT -> thin.dot(m, n, k, left, right, c.floats(), g * m * n, accumulate);
        case WEIGHTED_ROWS ->
            thin.weightedRows(m, n, k, left, right, c.floats(), g * m * n, accumulate);
        case BLOCKED -> blocked(m, n, k, left, right, c.floats(), g * m * n, accumulate);
      }
    }
  }

  /** op(x)[i, j] is values[first + i rowStride + j columnStride]; one of the strides is 1. */
  record Matrix(float[] values, int first, int rowStride, int columnStride) {
    int index(int row, int column) {
      return first + row * rowStride + column * columnStride;
    }

    Matrix turned() {
      return new Matrix(
          values, first, /* rowStride= */ columnStride, /* columnStride= */ rowStride);
    }
  }

  private void blocked(
      int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    int rowPanels = Math.ceilDiv(m, GemmTile.ROWS);
    boolean inPlace = b.columnStride() == 1 && m <= LOW;
    panelsA = atLeast(panelsA, rowPanels * GemmTile.ROWS * Math.min(k, DEPTH));
    panelsB = atLeast(panelsB, (Math.min(n, WIDTH) + GemmTile.COLUMNS) * Math.min(k, DEPTH));
    for (int column = 0; column < n; column += WIDTH) {
      int width = Math.min(WIDTH, n - column);
      int columnPanels = Math.ceilDiv(width, GemmTile.COLUMNS);
      for (int step = 0; step < k; step += DEPTH) {
        int depth = Math.min(DEPTH, k - step);
        boolean add = accumulate || step > 0;
        Block block = new Block(m, n, column, step, depth, a, b, inPlace, c, first, add);
        parallel.rows(
            columnPanels + rowPanels,
            Lanes.grain(GemmTile.COLUMNS * depth, 1),
            (low, high) -> pack(block, columnPanels, low, high));
        int groups = Math.ceilDiv(rowPanels, GROUP);
        long work = (long) Math.min(m, GROUP * GemmTile.ROWS) * depth * GemmTile.COLUMNS;
        parallel.rows(
            groups * columnPanels,
            (int) Math.max(1, WORTH_A_THREAD / work),
            (low, high) -> {
              for (int item = low; item < high; item++) {
                int i = item / columnPanels * GROUP;
                tiles(block, i, Math.min(i + GROUP, rowPanels), item % columnPanels);
              }
            });
      }
    }
  }

  /**
   * A block of k and n: what it reads, and where in c its products go.
   *
   * @param inPlace whether b's whole panels are read where they are
   * @param add whether c holds something already
   */
  private record Block(
      int m,
      int n,
      int left,
      int from,
      int depth,
      Matrix a,
      Matrix b,
      boolean inPlace,
      float[] c,
      int first,
      boolean add) {
    /** {@return whether this panel of b is read where it is} */
    boolean inPlace(int panel) {
      return inPlace && left + (panel + 1) * GemmTile.COLUMNS <= n;
    }
  }

  /**
   * The panels {@code low} to {@code high - 1}, first those of b, which are larger: what is left
   * for the end is small.
   */
  private void pack(Block block, int columnPanels, int low, int high) {
    int depth = block.depth;
    for (int j = low; j < Math.min(high, columnPanels); j++) {
      if (!block.inPlace(j)) {
        int at = j * GemmTile.COLUMNS;
        GemmPanels.packColumns(
            block.b, block.left + at, block.n, block.from, depth, panelsB, at * depth);
      }
    }
    for (int i = Math.max(low - columnPanels, 0); i < high - columnPanels; i++) {
      int row = i * GemmTile.ROWS;
      GemmPanels.packRows(block.a, row, block.m, block.from, depth, panelsA, row * depth);
    }
  }

  /** The tiles of some panels of a with panel j of b. */
  private void tiles(Block block, int fromA, int toA, int j) {
    float[] beside = parallel.scratch().floats(0, GemmTile.ROWS * GemmTile.COLUMNS);
    float[] c = block.c;
    int n = block.n;
    int depth = block.depth;
    int column = block.left + j * GemmTile.COLUMNS;
    int columns = Math.min(GemmTile.COLUMNS, n - column);
    boolean inPlace = block.inPlace(j);
    float[] b = inPlace ? block.b.values() : panelsB;
    int ib = inPlace ? block.b.index(block.from, column) : j * GemmTile.COLUMNS * depth;
    int step = inPlace ? block.b.rowStride() : GemmTile.COLUMNS;
    for (int i = fromA; i < toA; i++) {
      int row = i * GemmTile.ROWS;
      int rows = Math.min(GemmTile.ROWS, block.m - row);
      int ia = row * depth;
      int corner = block.first + row * n + column;
      if (!block.add) {
        for (int r = 0; r < rows; r++) {
          Arrays.fill(c, corner + r * n, corner + r * n + columns, 0);
        }
      }
      if (rows == GemmTile.computed(rows) && columns == GemmTile.COLUMNS) {
        GemmTile.run(rows, depth, panelsA, ia, b, ib, step, c, corner, n);
        continue;
      }
      for (int r = 0; r < rows; r++) {
        System.arraycopy(c, corner + r * n, beside, r * GemmTile.COLUMNS, columns);
      }
      GemmTile.run(rows, depth, panelsA, ia, b, ib, step, beside, 0, GemmTile.COLUMNS);
      for (int r = 0; r < rows; r++) {
        System.arraycopy(beside, r * GemmTile.COLUMNS, c, corner + r * n, columns);
      }
    }
  }

  private static float[] atLeast(float[] scratch, int length) {
    return scratch.length >= length ? scratch : new float[length];
  }
}
