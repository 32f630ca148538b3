package org.rlhf4j.autograd.op;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;

/** Causal grouped-query attention as one node: no {@code [time, time]} matrix is kept. */
public final class CausalAttention {
  private CausalAttention() {}

  /**
   * out = softmax(q k^T / sqrt(headDim) over the visible columns) v; see {@link AttentionKernels}
   * for what is visible. Backward recomputes the probabilities from the saved logsumexp.
   *
   * @param q shape {@code [batch, time, heads, headDim]}
   * @param k shape {@code [batch, keyTime, keyValueHeads, headDim]}, heads a multiple of
   *     keyValueHeads
   * @param v shape of {@code k}
   * @return shape of {@code q}; 0 for padding queries
   * @throws IllegalArgumentException if the shapes do not fit or the keys are too few for the
   *     positions
   */
  public static Variable of(Variable q, Variable k, Variable v, Positions positions) {
    check(q.shape(), k.shape(), v.shape(), positions);
    Tape tape = q.tape();
    Workspace workspace = tape.workspace();
    AttentionKernels kernels = tape.backend().attention();
    double scale = 1 / Math.sqrt(q.shape().dim(3));
    Tensor out = workspace.empty(q.shape());
    Tensor lse = workspace.empty(Shape.of(q.shape().dim(0), q.shape().dim(2), q.shape().dim(1)));
    kernels.attention(q.value(), k.value(), v.value(), positions, scale, out, lse);
    return tape.record(
        "causalAttention",
        out,
        dout ->
            Variable.accumulate(
                List.of(q, k, v),
                d ->
                    kernels.attentionBackward(
                        q.value(), k.value(), v.value(), out, lse, dout, positions, scale, d.get(0),
                        d.get(1), d.get(2))),
        q,
        k,
        v);
  }

  private static void check(Shape q, Shape k, Shape v, Positions positions) {
    Check.rank("q", q, 4);
    Check.rank("k", k, 4);
    Check.sameShape("k", k, "v", v);
    if (positions.start().length != q.dim(0)) { // a name with a shape in it costs more than a check
      Check.sameCount("start", positions.start().length, "the batch of q " + q, q.dim(0));
    }
    if (k.dim(0) != q.dim(0) || k.dim(3) != q.dim(3) || q.dim(2) % k.dim(2) != 0) {
      throw new IllegalArgumentException(
          "q %s and k %s must agree in batch and headDim, and q's heads must be a multiple of k's"
              .formatted(q, k));
    }
    if (positions.offset() + q.dim(1) > k.dim(1)) {
      throw new IllegalArgumentException(
          "queries reach column %d but k %s has only %d columns"
              .formatted(positions.offset() + q.dim(1), k, k.dim(1)));
    }
  }
}
