package org.rlhf4j.tensor.simd;

import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** Softmax and its relatives: one row after the other, rows shared out among the threads. */
final class SimdRows implements RowKernels {
  private final Parallel parallel;

  SimdRows(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void logSumExp(Tensor x, Tensor out) {
    float[] in = x.floats();
    float[] result = out.floats();
    int n = x.shape().columns();
    forEachRow(out.size(), n, r -> result[r] = (float) RowLoops.logSumExp(in, r * n, n));
  }

  @Override
  public void logSumExpBackward(Tensor x, Tensor lse, Tensor dout, Tensor dx) {
    float[] in = x.floats();
    float[] normalizer = lse.floats();
    float[] dresult = dout.floats();
    float[] din = dx.floats();
    int n = x.shape().columns();
    forEachRow(
        lse.size(),
        n,
        r -> RowLoops.addProbabilities(in, r * n, n, normalizer[r], dresult[r], din));
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    int n = x.shape().columns();
    forEachRow(rows(x, n), n, r -> RowLoops.softmax(in, r * n, n, out));
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    float[] out = y.floats();
    float[] dout = dy.floats();
    float[] din = dx.floats();
    int n = y.shape().columns();
    forEachRow(
        rows(y, n),
        n,
        r -> {
          float dot = Dots.dot(n, dout, r * n, out, r * n);
          RowLoops.addSoftmaxGradient(out, dout, r * n, n, dot, din);
        });
  }

  @Override
  public void logSoftmax(Tensor x, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    int n = x.shape().columns();
    forEachRow(
        rows(x, n),
        n,
        r -> RowLoops.logProbabilities(in, r * n, n, RowLoops.logSumExp(in, r * n, n), out));
  }

  @Override
  public void logSoftmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    float[] out = y.floats();
    float[] dout = dy.floats();
    float[] din = dx.floats();
    int n = y.shape().columns();
    forEachRow(
        rows(y, n),
        n,
        r -> {
          float sum = (float) SimdSums.sum(dout, r * n, (r + 1) * n);
          RowLoops.addLogSoftmaxGradient(out, dout, r * n, n, sum, din);
        });
  }

  @Override
  public void tokenLogprobs(Tensor logits, int[] ids, Tensor logprobs, Tensor lse) {
    float[] in = logits.floats();
    float[] picked = logprobs.floats();
    float[] normalizer = lse.floats();
    int n = logits.shape().columns();
    forEachRow(
        ids.length,
        n,
        r -> {
          double sum = ids[r] < 0 ? 0 : RowLoops.logSumExp(in, r * n, n);
          normalizer[r] = (float) sum;
          picked[r] = ids[r] < 0 ? 0 : (float) RowLoops.logProbability(in[r * n + ids[r]], sum);
        });
  }

  @Override
  public void tokenLogprobsBackward(
      Tensor logits, int[] ids, Tensor lse, Tensor dlogprobs, Tensor dlogits) {
    float[] in = logits.floats();
    float[] normalizer = lse.floats();
    float[] dpicked = dlogprobs.floats();
    float[] din = dlogits.floats();
    int n = logits.shape().columns();
    forEachRow(
        ids.length,
        n,
        r -> {
          if (ids[r] >= 0) {
            RowLoops.addProbabilities(in, r * n, n, normalizer[r], -dpicked[r], din);
            din[r * n + ids[r]] += dpicked[r];
          }
        });
  }

  @Override
  public void entropy(Tensor x, Tensor out, Tensor lse) {
    float[] in = x.floats();
    float[] result = out.floats();
    float[] normalizer = lse.floats();
    int n = x.shape().columns();
    forEachRow(
        out.size(),
        n,
        r -> {
          double sum = RowLoops.logSumExp(in, r * n, n);
          result[r] = RowLoops.entropy(in, r * n, n, (float) sum);
          normalizer[r] = (float) sum;
        });
  }

  @Override
  public void entropyBackward(Tensor x, Tensor out, Tensor lse, Tensor dout, Tensor dx) {
    float[] in = x.floats();
    float[] result = out.floats();
    float[] normalizer = lse.floats();
    float[] dresult = dout.floats();
    float[] din = dx.floats();
    int n = x.shape().columns();
    forEachRow(
        out.size(),
        n,
        r -> RowLoops.addEntropyGradient(in, r * n, n, normalizer[r], result[r], dresult[r], din));
  }

  @Override
  public int[] argmax(Tensor x) {
    float[] in = x.floats();
    int n = x.shape().columns();
    int[] best = new int[x.shape().rows()];
    forEachRow(
        best.length,
        n,
        r -> {
          int top = r * n;
          for (int j = r * n + 1; j < (r + 1) * n; j++) {
            top = in[j] > in[top] ? j : top;
          }
          best[r] = top - r * n;
        });
    return best;
  }

  /** What is done for row r. */
  private interface Row {
    void run(int r);
  }

  private void forEachRow(int rows, int n, Row row) {
    parallel.rows(
        rows,
        Lanes.grain(n, 4),
        (from, to) -> {
          for (int r = from; r < to; r++) {
            row.run(r);
          }
        });
  }

  private static int rows(Tensor x, int n) {
    return n == 0 ? 0 : x.size() / n;
  }
}
