package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;

/** Indices and scores of the reference attention, shared by its forward and its backward. */
final class AttentionReference {
  final int headDim;
  private final int batch;
  private final int time;
  private final int heads;
  private final int keyTime;
  private final int keyValueHeads;
  private final Positions positions;
  private final double scale;
  private final HostBuffer queries;
  private final HostBuffer keys;

  AttentionReference(Tensor q, Tensor k, Positions positions, double scale) {
    batch = q.shape().dim(0);
    time = q.shape().dim(1);
    heads = q.shape().dim(2);
    headDim = q.shape().dim(3);
    keyTime = k.shape().dim(1);
    keyValueHeads = k.shape().dim(2);
    this.positions = positions;
    this.scale = scale;
    queries = q.host();
    keys = k.host();
  }

  /** What is done for one query: it sees key columns first to last; row is its first element. */
  interface QueryBody {
    void accept(int b, int t, int h, int first, int last, int row);
  }

  void forEachQuery(QueryBody body) {
    for (int b = 0; b < batch; b++) {
      for (int t = 0; t < time; t++) {
        for (int h = 0; h < heads; h++) {
          int row = ((b * time + t) * heads + h) * headDim;
          body.accept(b, t, h, positions.start()[b], positions.offset() + t, row);
        }
      }
    }
  }

  int statistic(int b, int h, int t) {
    return (b * heads + h) * time + t;
  }

  int keyRow(int b, int s, int h) {
    return ((b * keyTime + s) * keyValueHeads + h / (heads / keyValueHeads)) * headDim;
  }

  double score(int row, int b, int s, int h) {
    int key = keyRow(b, s, h);
    double dot = 0;
    for (int d = 0; d < headDim; d++) {
      dot += queries.get(row + d) * keys.get(key + d);
    }
    return scale * dot;
  }

  double logSumExp(int b, int h, int first, int last, int row) {
    double max = Double.NEGATIVE_INFINITY;
    for (int s = first; s <= last; s++) {
      max = Math.max(max, score(row, b, s, h));
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int s = first; s <= last; s++) {
      sum += Math.exp(score(row, b, s, h) - max);
    }
    return max + Math.log(sum);
  }

  static void rotate(
      Tensor x,
      Positions positions,
      double base,
      RotaryLayout layout,
      int direction,
      boolean accumulate,
      Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    int time = x.shape().dim(1);
    int heads = x.shape().dim(2);
    int headDim = x.shape().dim(3);
    for (int row = 0; row < x.shape().rows(); row++) {
      int position = Math.max(0, positions.of(row / (time * heads), row / heads % time));
      for (int pair = 0; pair < headDim / 2; pair++) {
        double angle = direction * position * Math.pow(base, -2.0 * pair / headDim);
        int first = row * headDim + layout.first(pair, headDim);
        int second = row * headDim + layout.second(pair, headDim);
        double a = in.get(first) * Math.cos(angle) - in.get(second) * Math.sin(angle);
        double b = in.get(first) * Math.sin(angle) + in.get(second) * Math.cos(angle);
        out.set(first, accumulate ? out.get(first) + a : a);
        out.set(second, accumulate ? out.get(second) + b : b);
      }
    }
  }
}
