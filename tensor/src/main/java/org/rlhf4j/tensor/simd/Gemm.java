package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
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
 *
 *   items   thread 0:  0  1  2  3     one group of panels of a, all of b
 *                      4  5  6  7
 *           thread 1:  8  9 10 11     as many groups as threads, or a multiple
 *                     12 13 14 15
 * </pre>
 *
 * Each meeting of two panels is one {@link GemmTile}. A tile that hangs over the edge of c is
 * computed whole, beside c, and its inner part copied. On 16 registers a panel of a has 4 rows.
 *
 * <p>Threads share what they must, since a line of cache that one core wrote costs another core a
 * hundred cycles. Each packs the panels of a for itself, when it comes to a group. Panels of b, if
 * there are several groups, are packed by all for all, in a loop of their own; if there is one
 * group, each panel is used by one item, which packs it for itself. Where c is small and k is long,
 * threads would wait for each other after a few microseconds; there each has blocks of k.
 *
 * <p>Copying pays only when each element is used often. Small operands, and b where a has few rows,
 * are read where they are if they lie as a tile reads them; {@link #choose} sends the thin products
 * of generation to loops that never copy.
 *
 * <p>An element's k products are added in order within a block of k, and the blocks in order; that
 * depends on the shapes only, not on how c is cut.
 */
final class Gemm implements MatrixKernels {
  /** Steps of k in a block. */
  private static final int DEPTH = 256;

  /** Columns of b in a block, a multiple of the tile's. */
  private static final int WIDTH = 4096;

  /** Panels of a that at most meet one panel of b in an item of the parallel loop: 120 rows. */
  private static final int GROUP = 120 / GemmTile.ROWS;

  /** Rows, or terms of a sum, up to which a product is thin. */
  private static final int THIN = 8;

  /** Rows up to which scalar products beat a transposed copy of b, when they are long. */
  private static final int FEW = GemmTile.ROWS == 12 ? 16 : THIN;

  /**
   * Rows up to which b, unless transposed, is read where it is: copies would be used too seldom.
   */
  private static final int LOW = 4 * GemmTile.ROWS;

  /**
   * Elements of a and b together, 96 KiB, up to which both are read where they are, if they lie as
   * the tile reads them. a^T b of n x n x n, a Zen 5, one thread, fastest batch in microseconds,
   * copied and not: 3.4 and 2.5 for 64, 10.5 and 8.8 for 96, 17.8 and 16.7 for 112, 128 the same.
   */
  private static final int NEAR = 24 << 10;

  /**
   * The least multiplications of a piece of the parallel loop: a loop of 2^19 is divided.
   * HandOffBenchmark on a Zen 4, fastest call of one thread over that of two: 0.95 at 2^17 in all,
   * 1.29 at 2^18. A Zen 5 takes half the time for as many: a^T b of 64 x 64 x 64, 2^18, took 2.5
   * microseconds on one thread and 4.4 on two, so it is no longer divided.
   */
  static final int WORTH_A_THREAD = 1 << 18;

  /** Elements of c up to which it is small; a larger one has rows enough to share. */
  private static final int SMALL = 1 << 16;

  /** Elements of all blocks of k together, up to which each block may have sums of its own. */
  private static final long FEW_SUMS = 1 << 19;

  /** Rows from which, and up to which, each row of a is a lane where b is transposed. */
  private static final int LEAST_LANES = 9;

  private static final int MOST_LANES = 16;

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
  private final GemmPacked ofPacked;
  private final Packed[] packed;
  private float[] panelsB = new float[0];
  private float[] sums = new float[0];

  Gemm(Parallel parallel) {
    this.parallel = parallel;
    thin = new GemmThin(parallel);
    lanes = new GemmLanes(parallel);
    ofPacked = new GemmPacked(parallel);
    packed = new Packed[parallel.threads()];
    Arrays.setAll(packed, _ -> new Packed());
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

  @Override
  public Tensor pack(Tensor weight, Workspace workspace) {
    return ofPacked.pack(weight, workspace);
  }

  @Override
  public void multiplyPacked(Tensor x, Tensor packed, Tensor y) {
    ofPacked.multiply(x, packed, y);
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
    long size = (long) m * n;
    boolean worth = size * DEPTH >= WORTH_A_THREAD && k > DEPTH;
    boolean small = size <= SMALL && size * Math.ceilDiv(k, DEPTH) <= FEW_SUMS;
    if (parallel.threads() > 1 && worth && n <= WIDTH && small) {
      byBlocks(m, n, k, a, b, c, first, accumulate);
      return;
    }
    int groups = groups(Math.ceilDiv(m, GemmTile.ROWS));
    boolean shared = groups > 1;
    boolean near = (long) (m + n) * k <= NEAR;
    boolean inPlaceA = a.rowStride() == 1 && near;
    boolean inPlaceB = b.columnStride() == 1 && (near || m <= LOW);
    for (int column = 0; column < n; column += WIDTH) {
      int columnPanels = Math.ceilDiv(Math.min(WIDTH, n - column), GemmTile.COLUMNS);
      for (int step = 0; step < k; step += DEPTH) {
        int depth = Math.min(DEPTH, k - step);
        boolean add = accumulate || step > 0;
        Block block =
            new Block(
                m, n, groups, column, step, depth, a, b, shared, inPlaceA, inPlaceB, c, first, add);
        if (shared) {
          panelsB = atLeast(panelsB, columnPanels * GemmTile.COLUMNS * depth);
          parallel.rows(
              columnPanels,
              Lanes.grain(GemmTile.COLUMNS * depth, 1),
              (low, high) -> {
                for (int j = low; j < high; j++) {
                  if (!block.columnsInPlace(j)) {
                    block.packColumns(j, panelsB, j * GemmTile.COLUMNS * depth);
                  }
                }
              });
        }
        for (Packed each : packed) {
          each.group = -1;
        }
        long work = (long) m / groups * depth * GemmTile.COLUMNS;
        parallel.rows(
            groups * columnPanels,
            (int) Math.max(1, WORTH_A_THREAD / Math.max(1, work)),
            (low, high) -> {
              for (int item = low; item < high; item++) {
                tiles(block, item / columnPanels, item % columnPanels);
              }
            });
      }
    }
  }

  /**
   * A small c with a long k, as the gradients of small weights: the blocks of k are shared out,
   * each with sums of its own, which are then added in their order, so with the same bits. A thread
   * reads the rows of a and b that it wrote itself, and threads meet twice, not after each block.
   */
  private void byBlocks(
      int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    int blocks = Math.ceilDiv(k, DEPTH);
    int groups = Math.ceilDiv(Math.ceilDiv(m, GemmTile.ROWS), GROUP);
    boolean inPlace = b.columnStride() == 1 && m <= LOW;
    sums = atLeast(sums, blocks * m * n);
    parallel.rows(
        blocks,
        1,
        (low, high) -> {
          for (int i = low; i < high; i++) {
            int step = i * DEPTH;
            int depth = Math.min(DEPTH, k - step);
            Block block =
                new Block(
                    m, n, groups, 0, step, depth, a, b, false, false, inPlace, sums, i * m * n,
                    false);
            packed[parallel.thread()].group = -1;
            int columns = Math.ceilDiv(n, GemmTile.COLUMNS);
            for (int item = 0; item < groups * columns; item++) {
              tiles(block, item / columns, item % columns);
            }
          }
        });
    parallel.elements(
        m * n,
        blocks,
        (from, to) -> {
          if (!accumulate) {
            System.arraycopy(sums, from, c, first + from, to - from);
          }
          for (int i = accumulate ? 0 : 1; i < blocks; i++) {
            SimdElementLoops.addScaled(sums, i * m * n + from, 1, c, first + from, to - from);
          }
        });
  }

  /** {@return into how many groups so many panels of a are divided} */
  private int groups(int panels) {
    if (panels <= GROUP) {
      return 1;
    }
    int threads = parallel.threads();
    int least = Math.ceilDiv(panels, GROUP);
    return Math.min(panels, Math.ceilDiv(least, threads) * threads);
  }

  /** What one thread has packed for itself. */
  private static final class Packed {
    private float[] a = new float[0];
    private float[] b = new float[0];

    /** Whose panels are in {@code a}; -1 if of an earlier block. */
    private int group = -1;
  }

  /**
   * A block of k and n: what it reads, and where in c its products go.
   *
   * @param shared whether b's panels are packed by all for all
   * @param inPlaceA whether a's whole panels are read where they are; likewise b's
   * @param add whether c holds something already
   */
  private record Block(
      int m,
      int n,
      int groups,
      int left,
      int from,
      int depth,
      Matrix a,
      Matrix b,
      boolean shared,
      boolean inPlaceA,
      boolean inPlaceB,
      float[] c,
      int first,
      boolean add) {
    /** {@return the first panel of a that belongs to a group} */
    int start(int group) {
      return (int) ((long) Math.ceilDiv(m, GemmTile.ROWS) * group / groups);
    }

    /** {@return how many rows the panel of a has in c} */
    int rows(int panel) {
      return Math.min(GemmTile.ROWS, m - panel * GemmTile.ROWS);
    }

    /** {@return whether this panel of a is read where it is} */
    boolean rowsInPlace(int panel) {
      return inPlaceA && rows(panel) == GemmTile.computed(rows(panel));
    }

    /** {@return whether this panel of b is read where it is} */
    boolean columnsInPlace(int panel) {
      return inPlaceB && left + (panel + 1) * GemmTile.COLUMNS <= n;
    }

    void packRows(int group, float[] panels) {
      for (int i = start(group), to = 0; i < start(group + 1); i++) {
        if (!rowsInPlace(i)) {
          GemmPanels.packRows(a, i * GemmTile.ROWS, m, from, depth, panels, to);
        }
        to += GemmTile.ROWS * depth;
      }
    }

    void packColumns(int panel, float[] panels, int to) {
      GemmPanels.packColumns(b, left + panel * GemmTile.COLUMNS, n, from, depth, panels, to);
    }
  }

  /** The tiles of a group of panels of a with panel j of b. */
  private void tiles(Block block, int group, int j) {
    int depth = block.depth;
    Packed own = packed[parallel.thread()];
    int start = block.start(group);
    int end = block.start(group + 1);
    if (own.group != group) {
      own.a = atLeast(own.a, (end - start) * GemmTile.ROWS * depth);
      block.packRows(group, own.a);
      own.group = group;
    }
    if (block.columnsInPlace(j)) {
      int column = block.left + j * GemmTile.COLUMNS;
      int ib = block.b.index(block.from, column);
      tiles(block, start, end, own.a, j, block.b.values(), ib, block.b.rowStride());
    } else if (block.shared) {
      int ib = j * GemmTile.COLUMNS * depth;
      tiles(block, start, end, own.a, j, panelsB, ib, GemmTile.COLUMNS);
    } else {
      own.b = atLeast(own.b, GemmTile.COLUMNS * depth);
      block.packColumns(j, own.b, 0);
      tiles(block, start, end, own.a, j, own.b, 0, GemmTile.COLUMNS);
    }
  }

  private void tiles(
      Block block, int start, int end, float[] a, int j, float[] b, int ib, int step) {
    float[] beside = parallel.scratch().floats(0, GemmTile.ROWS * GemmTile.COLUMNS);
    float[] c = block.c;
    int n = block.n;
    int depth = block.depth;
    int column = block.left + j * GemmTile.COLUMNS;
    int columns = Math.min(GemmTile.COLUMNS, n - column);
    for (int i = start; i < end; i++) {
      int row = i * GemmTile.ROWS;
      int rows = block.rows(i);
      boolean inPlace = block.rowsInPlace(i);
      float[] left = inPlace ? block.a.values() : a;
      int ia = inPlace ? block.a.index(row, block.from) : (i - start) * GemmTile.ROWS * depth;
      int along = inPlace ? block.a.columnStride() : GemmTile.ROWS;
      int corner = block.first + row * n + column;
      if (rows == GemmTile.computed(rows) && columns == GemmTile.COLUMNS) {
        GemmTile.run(rows, depth, left, ia, along, b, ib, step, c, corner, n, block.add);
        continue;
      }
      if (block.add) {
        for (int r = 0; r < rows; r++) {
          System.arraycopy(c, corner + r * n, beside, r * GemmTile.COLUMNS, columns);
        }
      }
      GemmTile.run(
          rows, depth, left, ia, along, b, ib, step, beside, 0, GemmTile.COLUMNS, block.add);
      for (int r = 0; r < rows; r++) {
        System.arraycopy(beside, r * GemmTile.COLUMNS, c, corner + r * n, columns);
      }
    }
  }

  private static float[] atLeast(float[] scratch, int length) {
    return scratch.length >= length ? scratch : new float[length];
  }
}
