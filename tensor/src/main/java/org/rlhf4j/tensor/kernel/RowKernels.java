package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;

/**
 * Softmax, logsumexp and their fused relatives over the last axis. Shapes: x {@code [rows, n]} (any
 * leading axes), one value per row {@code [rows]}.
 *
 * @implSpec in every kernel a NaN in a row makes the row's results NaN. A row whose entries are all
 *     -inf has logsumexp -inf, a softmax of zeros and a log-softmax of -inf, never NaN; so an
 *     all-masked row has a documented value.
 */
public interface RowKernels {
  /** out[r] = log sum_j exp x[r, j]. */
  default void logSumExp(Tensor x, Tensor out) {
    HostBuffer in = x.host();
    HostBuffer result = out.host();
    int n = x.shape().columns();
    for (int r = 0; r < out.size(); r++) {
      result.set(r, RowReference.logSumExp(in, r * n, n));
    }
  }

  /** dx[r, j] += dout[r] exp(x[r, j] - lse[r]). */
  default void logSumExpBackward(Tensor x, Tensor lse, Tensor dout, Tensor dx) {
    HostBuffer in = x.host();
    HostBuffer normalizer = lse.host();
    HostBuffer dresult = dout.host();
    HostBuffer din = dx.host();
    int n = x.shape().columns();
    for (int r = 0; r < lse.size(); r++) {
      for (int j = r * n; j < (r + 1) * n; j++) {
        din.add(j, dresult.get(r) * RowReference.probability(in.get(j), normalizer.get(r)));
      }
    }
  }

  /** y[r, j] = exp(x[r, j] - lse[r]). {@code y} may be {@code x}. */
  default void softmax(Tensor x, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    int n = x.shape().columns();
    for (int first = 0; first < x.size(); first += n) {
      double lse = RowReference.logSumExp(in, first, n);
      for (int j = first; j < first + n; j++) {
        out.set(j, RowReference.probability(in.get(j), lse));
      }
    }
  }

  /** dx[r, j] += y[r, j] (dy[r, j] - sum_k dy[r, k] y[r, k]). */
  default void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    HostBuffer out = y.host();
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    int n = y.shape().columns();
    for (int first = 0; first < y.size(); first += n) {
      double dot = 0;
      for (int j = first; j < first + n; j++) {
        dot += dout.get(j) * out.get(j);
      }
      for (int j = first; j < first + n; j++) {
        din.add(j, out.get(j) * (dout.get(j) - dot));
      }
    }
  }

  /** y[r, j] = x[r, j] - lse[r]. {@code y} may be {@code x}. */
  default void logSoftmax(Tensor x, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    int n = x.shape().columns();
    for (int first = 0; first < x.size(); first += n) {
      double lse = RowReference.logSumExp(in, first, n);
      for (int j = first; j < first + n; j++) {
        out.set(j, RowReference.logProbability(in.get(j), lse));
      }
    }
  }

  /** dx[r, j] += dy[r, j] - exp(y[r, j]) sum_k dy[r, k]. */
  default void logSoftmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    HostBuffer out = y.host();
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    int n = y.shape().columns();
    for (int first = 0; first < y.size(); first += n) {
      double sum = 0;
      for (int j = first; j < first + n; j++) {
        sum += dout.get(j);
      }
      for (int j = first; j < first + n; j++) {
        din.add(j, dout.get(j) - Math.exp(out.get(j)) * sum);
      }
    }
  }

  /**
   * logprobs[r] = logits[r, ids[r]] - lse[r] and lse[r] = log sum_j exp logits[r, j], reading each
   * logit once and writing nothing of vocabulary size.
   *
   * @implSpec a negative id ignores its row: logprob 0, lse 0, logits not read
   */
  default void tokenLogprobs(Tensor logits, int[] ids, Tensor logprobs, Tensor lse) {
    HostBuffer in = logits.host();
    HostBuffer picked = logprobs.host();
    HostBuffer normalizer = lse.host();
    int n = logits.shape().columns();
    for (int r = 0; r < ids.length; r++) {
      double sum = ids[r] < 0 ? 0 : RowReference.logSumExp(in, r * n, n);
      normalizer.set(r, sum);
      picked.set(r, ids[r] < 0 ? 0 : RowReference.logProbability(in.get(r * n + ids[r]), sum));
    }
  }

  /**
   * dlogits[r, j] += dlogprobs[r] (1[j = ids[r]] - exp(logits[r, j] - lse[r])); none if ignored.
   */
  default void tokenLogprobsBackward(
      Tensor logits, int[] ids, Tensor lse, Tensor dlogprobs, Tensor dlogits) {
    HostBuffer in = logits.host();
    HostBuffer normalizer = lse.host();
    HostBuffer dpicked = dlogprobs.host();
    HostBuffer din = dlogits.host();
    int n = logits.shape().columns();
    for (int r = 0; r < ids.length; r++) {
      if (ids[r] < 0) {
        continue;
      }
      for (int j = 0; j < n; j++) {
        double p = RowReference.probability(in.get(r * n + j), normalizer.get(r));
        din.add(r * n + j, dpicked.get(r) * ((j == ids[r] ? 1 : 0) - p));
      }
    }
  }

  /** out[r] = -sum_j p_j log p_j with p = softmax(x[r]), and lse[r] for the way back. */
  default void entropy(Tensor x, Tensor out, Tensor lse) {
    HostBuffer in = x.host();
    HostBuffer result = out.host();
    HostBuffer normalizer = lse.host();
    int n = x.shape().columns();
    for (int r = 0; r < out.size(); r++) {
      double sum = RowReference.logSumExp(in, r * n, n);
      double entropy = 0;
      for (int j = r * n; j < (r + 1) * n; j++) {
        double p = RowReference.probability(in.get(j), sum);
        entropy -= p == 0 ? 0 : p * RowReference.logProbability(in.get(j), sum);
      }
      result.set(r, entropy);
      normalizer.set(r, sum);
    }
  }

  /** dx[r, j] += -dout[r] p_j (log p_j + out[r]). */
  default void entropyBackward(Tensor x, Tensor out, Tensor lse, Tensor dout, Tensor dx) {
    HostBuffer in = x.host();
    HostBuffer result = out.host();
    HostBuffer normalizer = lse.host();
    HostBuffer dresult = dout.host();
    HostBuffer din = dx.host();
    int n = x.shape().columns();
    for (int r = 0; r < out.size(); r++) {
      for (int j = r * n; j < (r + 1) * n; j++) {
        double p = RowReference.probability(in.get(j), normalizer.get(r));
        if (p != 0) {
          double logp = RowReference.logProbability(in.get(j), normalizer.get(r));
          din.add(j, -dresult.get(r) * p * (logp + result.get(r)));
        }
      }
    }
  }

  /** {@return the first index of the largest entry of each row, on the host} */
  default int[] argmax(Tensor x) {
    HostBuffer in = x.host();
    int n = x.shape().columns();
    int[] best = new int[x.shape().rows()];
    for (int r = 0; r < best.length; r++) {
      for (int j = 1; j < n; j++) {
        if (in.get(r * n + j) > in.get(r * n + best[r])) {
          best[r] = j;
        }
      }
    }
    return best;
  }
}
