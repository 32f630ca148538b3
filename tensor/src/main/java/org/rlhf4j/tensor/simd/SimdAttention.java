package org.rlhf4j.tensor.simd;

import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/**
 * Attention and rotary positions. Work is shared out by row of the batch and key-value head, since
 * all query heads of a group add to the same key and value gradients.
 */
final class SimdAttention implements AttentionKernels {
  /** Queries up to which packing a cache into panels does not pay. */
  private static final int FEW_QUERIES = 4;

  /** Scratch arrays that {@link AttentionForward} does not use. */
  private static final int KEYS = 7;

  private static final int VALUES = 8;

  private final Parallel parallel;
  private final RotaryAngles angles = new RotaryAngles();

  SimdAttention(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void attention(
      Tensor q, Tensor k, Tensor v, Positions positions, double scale, Tensor out, Tensor lse) {
    AttentionSizes sizes = AttentionSizes.of(q.shape(), k.shape(), positions);
    forward(sizes, q, k.floats(), v.floats(), scale, out, lse);
  }

  private void forward(
      AttentionSizes sizes, Tensor q, float[] k, float[] v, double scale, Tensor out, Tensor lse) {
    parallel.rows(
        sizes.batch() * sizes.keyValueHeads(),
        sizes.grain(),
        (from, to) -> {
          AttentionForward forward =
              new AttentionForward(
                  sizes,
                  q.floats(),
                  k,
                  v,
                  (float) scale,
                  out.floats(),
                  lse.floats(),
                  parallel.scratch());
          for (int i = from; i < to; i++) {
            forward.run(i / sizes.keyValueHeads(), i % sizes.keyValueHeads());
          }
        });
  }

  @Override
  public void attentionBackward(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor lse,
      Tensor dout,
      Positions positions,
      double scale,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    AttentionSizes sizes = AttentionSizes.of(q.shape(), k.shape(), positions);
    parallel.rows(
        sizes.batch() * sizes.keyValueHeads(),
        sizes.grain(),
        (from, to) -> {
          AttentionBackward backward =
              new AttentionBackward(
                  sizes,
                  (float) scale,
                  new AttentionBackward.Saved(
                      q.floats(), k.floats(), v.floats(), out.floats(), lse.floats()),
                  new AttentionBackward.Gradients(
                      dout.floats(), dq.floats(), dk.floats(), dv.floats()),
                  parallel.scratch());
          for (int i = from; i < to; i++) {
            backward.run(i / sizes.keyValueHeads(), i % sizes.keyValueHeads());
          }
        });
  }

  @Override
  public void rotary(Tensor x, Positions positions, double base, RotaryLayout layout, Tensor y) {
    rotate(x, positions, base, layout, false, y);
  }

  @Override
  public void rotaryBackward(
      Tensor dy, Positions positions, double base, RotaryLayout layout, Tensor dx) {
    rotate(dy, positions, base, layout, true, dx);
  }

  private void rotate(
      Tensor x, Positions positions, double base, RotaryLayout layout, boolean back, Tensor y) {
    int time = x.shape().dim(1);
    int width = x.shape().inner(1);
    angles.prepare(positions.offset() + time, base, x.shape().dim(3), layout);
    float[] in = x.floats();
    float[] out = y.floats();
    parallel.rows(
        x.shape().dim(0) * time,
        Lanes.grain(width, 1),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            int position = Math.max(0, positions.of(row / time, row % time));
            if (back) {
              angles.addTurnedBack(in, out, row * width, width, position);
            } else {
              angles.turn(in, out, row * width, width, position);
            }
          }
        });
  }

  @Override
  public Shape cacheShape(Shape columns) {
    return AttentionCached.cacheShape(columns);
  }

  @Override
  public void append(Tensor x, Tensor cache, int offset) {
    AttentionCached.append(x, cache, offset);
  }

  @Override
  public void cachedAttention(
      Tensor q,
      Tensor keys,
      Tensor values,
      Positions positions,
      double scale,
      Tensor out,
      Tensor lse) {
    AttentionSizes sizes = AttentionCached.sizes(q.shape(), keys.shape(), positions);
    if (sizes.time() > FEW_QUERIES) {
      AttentionSizes seen = sizes.ofKeys(positions.offset() + sizes.time());
      int length = seen.batch() * seen.keyTime() * seen.keyStride();
      Scratch scratch = parallel.scratch();
      float[] k = AttentionCached.columns(keys, seen, scratch.floats(KEYS, length));
      float[] v = AttentionCached.columns(values, seen, scratch.floats(VALUES, length));
      forward(seen, q, k, v, scale, out, lse);
      return;
    }
    parallel.rows(
        sizes.batch() * sizes.keyValueHeads(),
        sizes.grain(),
        (from, to) -> {
          AttentionCached cached =
              new AttentionCached(
                  sizes,
                  q.floats(),
                  keys.floats(),
                  values.floats(),
                  (float) scale,
                  out.floats(),
                  parallel.scratch());
          int queries = sizes.group() * sizes.time();
          cached.run(from * queries, to * queries);
        });
  }
}
