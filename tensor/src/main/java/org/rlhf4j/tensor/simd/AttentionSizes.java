package org.rlhf4j.tensor.simd;

import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.kernel.Positions;

/**
 * The lengths of an attention, and where its rows lie: keys and values are {@code [batch, keyTime,
 * keyValueHeads, headDim]}.
 */
record AttentionSizes(
    int batch,
    int time,
    int heads,
    int headDim,
    int keyTime,
    int keyValueHeads,
    Positions positions) {
  static AttentionSizes of(Shape q, Shape k, Positions positions) {
    return new AttentionSizes(
        q.dim(0), q.dim(1), q.dim(2), q.dim(3), k.dim(1), k.dim(2), positions);
  }

  /** {@return the same with fewer columns} */
  AttentionSizes ofKeys(int count) {
    return new AttentionSizes(batch, time, heads, headDim, count, keyValueHeads, positions);
  }

  /** {@return query heads of one key-value head} */
  int group() {
    return heads / keyValueHeads;
  }

  /** {@return how many keys the last query of a row sees; the first key is {@code start[b]}} */
  int keys(int b) {
    return Math.max(0, positions.offset() + time - positions.start()[b]);
  }

  /** {@return the first query of a row that is not padding} */
  int firstQuery(int b) {
    return Math.clamp(positions.start()[b] - positions.offset(), 0, time);
  }

  /** {@return the most keys of any row} */
  int mostKeys() {
    int most = 0;
    for (int b = 0; b < batch; b++) {
      most = Math.max(most, keys(b));
    }
    return most;
  }

  /** {@return the index of the first element of a query} */
  int query(int b, int t, int h) {
    return ((b * time + t) * heads + h) * headDim;
  }

  /** {@return the index of the first element of a visible key or value, counted from the start} */
  int key(int b, int s, int g) {
    return ((b * keyTime + positions.start()[b] + s) * keyValueHeads + g) * headDim;
  }

  /** {@return elements from a key to that of the next column} */
  int keyStride() {
    return keyValueHeads * headDim;
  }

  int statistic(int b, int h, int t) {
    return (b * heads + h) * time + t;
  }

  /** {@return key-value heads worth a thread} */
  int grain() {
    long products = (long) time * group() * Math.max(1, mostKeys()) * Math.max(1, headDim);
    return (int) Math.max(1, 4L * Lanes.GRAIN / Math.max(1, products));
  }
}
