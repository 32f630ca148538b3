package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Positions;

/**
 * Attention of a few queries over a cache, as in generation: a query at a time, or two that share a
 * key-value head, two vectors of columns at a time. A cache of keys or values is {@code [batch,
 * keyValueHeads, blocks, headDim, LANES]}: a block has as many columns as a vector has lanes,
 * element by element.
 *
 * <pre>
 *              block 0            block 1
 *   k[0]       | | | | | | | |    | | | | | | | |     scores = scale sum_d q[d] k[d]
 *   k[1]       | | | | | | | |    | | | | | | | |     weights = exp(scores - max), 0 if hidden
 *   ...                                               out[d] = sum weights v[d] / sum weights
 * </pre>
 *
 * <p>So scores are vectors whatever the size of a head, and the columns of a head, however many,
 * are one stretch of memory that is read from its beginning. With the columns of an element in a
 * row of their own, as long as the cache, a head was as many streams as it has elements, each of a
 * few lines, and sixteen sequences waited for memory.
 *
 * <p>Keys and values of a head are touched before they are used, see {@link CacheLines}: 16
 * sequences of 50 columns, 6 heads of 48 elements, from 135 microseconds to 101.
 *
 * <p>Columns that a query does not see have weight 0. Those before its first are not read beyond
 * their scores; those after its last, of the same block or of the one after it, are multiplied by
 * 0: only a value that is infinite or NaN could be told from the reference there.
 */
final class AttentionCached {
  /** Elements of the output whose sums are in registers together. */
  private static final int ELEMENTS = 8;

  /** Queries in work together. */
  private static final int QUERIES = 8;

  /** Where in {@link #mixed} the sums of touched lines go, which nobody reads. */
  private static final int TOUCHED = 2 * ELEMENTS * LANES;

  private static final float NOTHING = Float.NEGATIVE_INFINITY;

  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;

  /** Of the queries in work: room for scores, and how many each has. */
  private final int room;

  private final float[] scores;
  private final int[] ends = new int[QUERIES];

  /** Where the first block begins that has a visible column, and how many before that it hides. */
  private final int[] firsts = new int[QUERIES];

  private final int[] hidden = new int[QUERIES];

  /** How many columns each sees; none, or less, if it is padding. */
  private final int[] seen = new int[QUERIES];

  private final float[] shift = new float[QUERIES];
  private final float[] sums = new float[QUERIES];
  private final float[] mixed;

  AttentionCached(
      AttentionSizes sizes,
      float[] q,
      float[] k,
      float[] v,
      float scale,
      float[] out,
      Scratch scratch) {
    this.sizes = sizes;
    this.q = q;
    this.k = k;
    this.v = v;
    this.scale = scale;
    this.out = out;
    room = sizes.mostKeys() + 3 * LANES;
    scores = scratch.floats(0, QUERIES * room);
    mixed = scratch.floats(1, TOUCHED + 1);
  }

  /**
   * {@return the layout of a cache for {@code [batch, keyTime, keyValueHeads, headDim]}}
   *
   * <p>One block more than the columns need, since blocks are read in pairs.
   */
  static Shape cacheShape(Shape columns) {
    int blocks = Math.ceilDiv(columns.dim(1), LANES) + 1;
    return Shape.of(columns.dim(0), columns.dim(2), blocks, columns.dim(3), LANES);
  }

  /** {@return the lengths of an attention over a cache of this shape} */
  static AttentionSizes sizes(Shape q, Shape cache, Positions positions) {
    return AttentionSizes.of(
        q, Shape.of(q.dim(0), cache.dim(2) * LANES, cache.dim(1), q.dim(3)), positions);
  }

  /** cache[b, offset + t] = x[b, t] for {@code [batch, time, keyValueHeads, headDim]}. */
  static void append(Tensor x, Tensor cache, int offset) {
    int time = x.shape().dim(1);
    int headDim = x.shape().dim(3);
    int heads = x.shape().dim(2);
    int head = cache.shape().inner(1);
    float[] in = x.floats();
    float[] out = cache.floats();
    int from = 0;
    for (int b = 0; b < x.shape().dim(0); b++) {
      for (int t = 0; t < time; t++) {
        int to = b * heads * head + column(offset + t, headDim);
        for (int g = 0; g < heads; g++, to += head) {
          for (int d = 0; d < headDim; d++) {
            out[to + d * LANES] = in[from++];
          }
        }
      }
    }
  }

  /** {@return the first columns of a cache, as {@code [batch, keyTime, keyValueHeads, headDim]}} */
  static float[] columns(Tensor cache, AttentionSizes seen, float[] columns) {
    int headDim = seen.headDim();
    int head = cache.shape().inner(1);
    float[] in = cache.floats();
    int to = 0;
    for (int b = 0; b < seen.batch(); b++) {
      for (int s = 0; s < seen.keyTime(); s++) {
        int from = b * seen.keyValueHeads() * head + column(s, headDim);
        for (int g = 0; g < seen.keyValueHeads(); g++, from += head) {
          for (int d = 0; d < headDim; d++) {
            columns[to++] = in[from + d * LANES];
          }
        }
      }
    }
    return columns;
  }

  /** {@return where in a head of a cache the first element of a column is} */
  private static int column(int s, int headDim) {
    return s / LANES * LANES * headDim + s % LANES;
  }

  /**
   * Queries {@code from} to {@code to - 1}, counted by row of the batch, head and time. Those that
   * are in work together go through each phase one after the other: the phases are short chains of
   * operations that wait for each other, and the chains of different queries do not.
   */
  void run(int from, int to) {
    for (int query = from; query < to; query += QUERIES) {
      int count = Math.min(QUERIES, to - query);
      for (int i = 0; i < count; i++) {
        begin(query + i, i);
      }
      for (int i = 0; i < count; i += pairs(i, count) ? 2 : 1) {
        score(query + i, i, pairs(i, count));
      }
      for (int i = 0; i < count; i++) {
        shift[i] = CachedLoops.shift(scores, i * room, ends[i]);
      }
      for (int i = 0; i < count; i++) {
        CachedLoops.weights(scores, i * room, ends[i], shift[i], mixed, i * LANES);
      }
      for (int i = 0; i < QUERIES; i += 4) { // what is beyond the last query, nobody reads
        Dots.sums(mixed, i * LANES, 1, sums, i);
      }
      for (int i = 0; i < count; i += pairs(i, count) ? 2 : 1) {
        mix(query + i, i, pairs(i, count));
      }
    }
  }

  /**
   * {@return whether the i-th query in work and the next one share the loads of keys and values}
   */
  private boolean pairs(int i, int count) {
    return CachedLoops.PAIRS
        && i + 1 < count
        && firsts[i] == firsts[i + 1]
        && ends[i] == ends[i + 1];
  }

  /** What a query reads, which is then the i-th in work. */
  private void begin(int query, int i) {
    int t = query % sizes.time();
    int head = query / sizes.time();
    int b = head / sizes.heads();
    int start = sizes.positions().start()[b];
    hidden[i] = start % LANES;
    seen[i] = sizes.positions().of(b, t) + 1;
    ends[i] = seen[i] <= 0 ? 0 : Math.ceilDiv(hidden[i] + seen[i], 2 * LANES) * 2 * LANES;
    firsts[i] = (head / sizes.group() * sizes.keyTime() + start - hidden[i]) * sizes.headDim();
  }

  /** Scores of a query, the i-th in work, or of it and the next. */
  private void score(int query, int i, boolean two) {
    int headDim = sizes.headDim();
    int first = firsts[i];
    int end = ends[i];
    int to = i * room;
    mixed[TOUCHED] = CacheLines.touch(k, first, end * headDim);
    if (two) {
      int next = row(query + 1);
      CachedLoops.scoresOfTwo(
          headDim, scale, q, row(query), next, k, first, end, scores, to, to + room);
      hide(i + 1);
    } else {
      CachedLoops.scores(headDim, scale, q, row(query), k, first, end, scores, to);
    }
    hide(i);
  }

  /** What the i-th query in work does not see gets no weight. */
  private void hide(int i) {
    int to = i * room;
    if (seen[i] > 0) {
      Arrays.fill(scores, to, to + hidden[i], NOTHING);
      Arrays.fill(scores, to + hidden[i] + seen[i], to + ends[i], NOTHING);
    }
  }

  /** {@return where in q and in the output a query begins} */
  private int row(int query) {
    int time = sizes.time();
    int head = query / time;
    return sizes.query(head / sizes.heads(), query % time, head % sizes.heads());
  }

  /** The output of a query, the i-th in work, or of it and the next. */
  private void mix(int query, int i, boolean two) {
    int headDim = sizes.headDim();
    int both = two ? 2 : 1;
    if (ends[i] == 0) {
      for (int j = 0; j < both; j++) {
        Arrays.fill(out, row(query + j), row(query + j) + headDim, 0);
      }
      return;
    }
    mixed[TOUCHED] = CacheLines.touch(v, firsts[i], ends[i] * headDim);
    int d = 0;
    for (; d <= headDim - ELEMENTS; d += ELEMENTS) {
      int first = firsts[i] + d * LANES;
      int weights = i * room;
      CachedLoops.beginEight(scores, weights, hidden[i], v, first, mixed, 0);
      if (two) {
        int next = weights + room;
        CachedLoops.beginEight(scores, next, hidden[i], v, first, mixed, ELEMENTS * LANES);
        CachedLoops.mixEightOfTwo(headDim, scores, weights, next, ends[i], v, first, mixed);
      } else {
        CachedLoops.mixEight(headDim, scores, weights, ends[i], v, first, mixed);
      }
      for (int j = 0; j < both; j++) {
        int sums = j * ELEMENTS * LANES;
        int to = row(query + j) + d;
        Dots.sums(mixed, sums, factor(i + j), out, to);
        Dots.sums(mixed, sums + 4 * LANES, factor(i + j), out, to + 4);
      }
    }
    for (; d < headDim; d++) {
      int first = firsts[i] + d * LANES;
      for (int j = 0; j < both; j++) {
        int weights = (i + j) * room;
        out[row(query + j) + d] =
            factor(i + j)
                * CachedLoops.mixOne(headDim, scores, weights, hidden[i], ends[i], v, first);
      }
    }
  }

  /** 1 / sum, or 0 if all scores are -inf. */
  private float factor(int i) {
    return sums[i] == 0 ? 0 : 1 / sums[i];
  }
}
