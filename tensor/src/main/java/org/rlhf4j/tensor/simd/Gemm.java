package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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
 * all four cases, and it makes the reads consecutive, which caches and prefetchers want. Then c is
 * cut into pieces of some panels by some panels, the items of the parallel loop. Within a piece a
 * panel of b (32 KiB with AVX-512) stays in the L1 cache while the piece's panels of a (about 120
 * KiB) pass by from L2; each meeting of two panels is one {@link GemmTile}, whose sums stay in
 * registers. A tile that hangs over the edge of c is computed whole, beside c, and its inner part
 * copied.
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

  /** Panels of a and of b in one item of the parallel loop. */
  private static final int PIECE_A = 120 / GemmTile.ROWS;

  private static final int PIECE_B = 8;

  /** Rows, or terms of a sum, up to which a product is thin. */
  private static final int THIN = 8;

  /**
   * Rows up to which b, unless transposed, is read where it is: copies would be used too seldom.
   */
  private static final int LOW = 4 * GemmTile.ROWS;

  /** How a product is computed. */
  enum Algorithm {
    /** Each element is the scalar product of two rows. */
    DOT,
    /** Each row of c is a weighted sum of rows of b. */
    WEIGHTED_ROWS,
    /** Packed panels and register tiles. */
    BLOCKED
  }

  private final Parallel parallel;
  private float[] panelsA = new float[0];
  private float[] panelsB = new float[0];

  Gemm(Parallel parallel) {
    this.parallel = parallel;
  }

  /** {@return the algorithm for a shape: the only place that decides} */
  static Algorithm choose(int m, int n, int k, boolean transposeA, boolean transposeB) {
    if (transposeB && (!transposeA || m == 1) && Math.min(m, n) <= THIN && k >= LANES) {
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
      switch (choose(m, n, k, transposeA, transposeB)) {
        case DOT -> dot(m, n, k, left, right, c.floats(), g * m * n, accumulate);
        case WEIGHTED_ROWS -> weightedRows(m, n, k, left, right, c.floats(), g * m * n, accumulate);
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
            rowPanels + columnPanels,
            Lanes.grain(GemmTile.ROWS * depth, 1),
            (low, high) -> pack(block, rowPanels, low, high));
        int piecesA = Math.ceilDiv(rowPanels, PIECE_A);
        int piecesB = Math.ceilDiv(columnPanels, PIECE_B);
        long work =
            (long) Math.min(m, PIECE_A * GemmTile.ROWS) * depth * GemmTile.COLUMNS * PIECE_B;
        parallel.rows(
            piecesA * piecesB,
            (int) Math.max(1, (1 << 18) / work),
            (low, high) -> {
              for (int piece = low; piece < high; piece++) {
                int i = piece / piecesB * PIECE_A;
                int j = piece % piecesB * PIECE_B;
                int endA = Math.min(i + PIECE_A, rowPanels);
                int endB = Math.min(j + PIECE_B, columnPanels);
                piece(block, i, endA, j, endB);
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

  /** The panels {@code low} to {@code high - 1}, first those of a, then those of b. */
  private void pack(Block block, int rowPanels, int low, int high) {
    int depth = block.depth;
    for (int i = low; i < Math.min(high, rowPanels); i++) {
      int row = i * GemmTile.ROWS;
      GemmPanels.packRows(block.a, row, block.m, block.from, depth, panelsA, row * depth);
    }
    for (int j = Math.max(low - rowPanels, 0); j < high - rowPanels; j++) {
      if (!block.inPlace(j)) {
        int at = j * GemmTile.COLUMNS;
        GemmPanels.packColumns(
            block.b, block.left + at, block.n, block.from, depth, panelsB, at * depth);
      }
    }
  }

  /** All tiles of some panels of a with some panels of b. */
  private void piece(Block block, int fromA, int toA, int fromB, int toB) {
    float[] beside = parallel.scratch().floats(0, GemmTile.ROWS * GemmTile.COLUMNS);
    float[] c = block.c;
    int n = block.n;
    int depth = block.depth;
    for (int j = fromB; j < toB; j++) {
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
  }

  /** Whichever of m and n is larger is shared out; its rows are read once for all of the other. */
  private void dot(
      int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    boolean manyRows = m > n;
    Matrix many = manyRows ? a : b.turned();
    Matrix few = manyRows ? b.turned() : a;
    int count = Math.max(m, n);
    int manyStep = manyRows ? n : 1;
    int fewStep = manyRows ? 1 : n;
    parallel.rows(
        Math.ceilDiv(count, 4),
        Lanes.grain(4 * k, Math.min(m, n)),
        (low, high) -> {
          for (int group = low; group < high; group++) {
            int item = 4 * group;
            for (int other = 0; other < Math.min(m, n); other++) {
              int x = few.index(other, 0);
              int y = many.index(item, 0);
              int ic = first + item * manyStep + other * fewStep;
              if (item + 4 <= count) {
                int stride = many.rowStride();
                Dots.four(
                    k, few.values(), x, many.values(), y, stride, c, ic, manyStep, accumulate);
              } else {
                for (int i = item; i < count; i++, y += many.rowStride(), ic += manyStep) {
                  float sum = Dots.dot(k, few.values(), x, many.values(), y);
                  c[ic] = accumulate ? c[ic] + sum : sum;
                }
              }
            }
          }
        });
  }

  /** For each row of a and each four vectors of columns, the sums stay in registers. */
  private void weightedRows(
      int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    int block = 4 * LANES;
    int blocks = Math.ceilDiv(n, block);
    parallel.rows(
        m * blocks,
        Lanes.grain(block, Math.max(1, k / 4)),
        (low, high) -> {
          for (int item = low; item < high; item++) {
            int i = item / blocks;
            int j = item % blocks * block;
            int ic = first + i * n + j;
            if (j + block <= n) {
              weightedBlock(k, a, i, b, b.index(0, j), c, ic, accumulate);
            } else {
              for (int d = 0; d < n - j; d += LANES) {
                VectorMask<Float> inside = F.indexInRange(d, n - j);
                weightedVector(k, a, i, b, b.index(0, j + d), c, ic + d, inside, accumulate);
              }
            }
          }
        });
  }

  private static void weightedBlock(
      int k, Matrix a, int row, Matrix b, int ib, float[] c, int ic, boolean accumulate) {
    float[] weights = a.values();
    float[] rows = b.values();
    int ia = a.index(row, 0);
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    for (int p = 0; p < k; p++, ia += a.columnStride(), ib += b.rowStride()) {
      FloatVector weight = FloatVector.broadcast(F, weights[ia]);
      s0 = weight.fma(load(rows, ib), s0);
      s1 = weight.fma(load(rows, ib + LANES), s1);
      s2 = weight.fma(load(rows, ib + 2 * LANES), s2);
      s3 = weight.fma(load(rows, ib + 3 * LANES), s3);
    }
    if (accumulate) {
      s0 = load(c, ic).add(s0);
      s1 = load(c, ic + LANES).add(s1);
      s2 = load(c, ic + 2 * LANES).add(s2);
      s3 = load(c, ic + 3 * LANES).add(s3);
    }
    s0.intoArray(c, ic);
    s1.intoArray(c, ic + LANES);
    s2.intoArray(c, ic + 2 * LANES);
    s3.intoArray(c, ic + 3 * LANES);
  }

  private static void weightedVector(
      int k,
      Matrix a,
      int row,
      Matrix b,
      int ib,
      float[] c,
      int ic,
      VectorMask<Float> inside,
      boolean accumulate) {
    FloatVector sum = FloatVector.zero(F);
    for (int p = 0; p < k; p++) {
      FloatVector weight = FloatVector.broadcast(F, a.values()[a.index(row, p)]);
      FloatVector column = FloatVector.fromArray(F, b.values(), ib + p * b.rowStride(), inside);
      sum = weight.fma(column, sum);
    }
    if (accumulate) {
      sum = FloatVector.fromArray(F, c, ic, inside).add(sum);
    }
    sum.intoArray(c, ic, inside);
  }

  private static FloatVector load(float[] x, int i) {
    return FloatVector.fromArray(F, x, i);
  }

  private static float[] atLeast(float[] scratch, int length) {
    return scratch.length >= length ? scratch : new float[length];
  }
}
