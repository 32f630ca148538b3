package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import java.util.HashMap;
import java.util.Map;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.Dim;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** Causal attention, rotary positions and the key-value cache: one launch record a kernel. */
final class CudaAttention implements AttentionKernels {
  private static final int WARPS = 4;
  private static final int LARGEST_HEAD = 128;

  private final Device device;
  private final Map<Rotation, Table> tables = new HashMap<>();

  private record Rotation(double base, int headDim) {}

  private record Table(long address, int positions) {}

  CudaAttention(Device device) {
    this.device = device;
  }

  @Override
  public void attention(
      Tensor q, Tensor k, Tensor v, Positions positions, double scale, Tensor out, Tensor lse) {
    Launch launch =
        queries("attention/1-tiled.ptx", "attention", q, 8, 1)
            .pointer(address(q))
            .pointer(address(k))
            .pointer(address(v))
            .pointer(upload(positions))
            .pointer(address(out))
            .pointer(address(lse));
    run(q, shapes(launch, q, k).real(scale));
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
    if (q.size() == 0) {
      return;
    }
    long start = upload(positions) + 4;
    long deltas = device.scratch("deltas", lse.size());
    Launch ofQueries =
        queries("attention/1-backward-queries.ptx", "attention_backward_queries", q, 12, 1)
            .pointer(address(q))
            .pointer(address(k))
            .pointer(address(v))
            .pointer(start)
            .pointer(address(out))
            .pointer(address(lse))
            .pointer(address(dout))
            .pointer(deltas)
            .pointer(address(dq));
    run(q, shapes(ofQueries, q, k).whole(positions.offset()).real(scale));
    int keys = Math.min(k.shape().dim(1), positions.offset() + q.shape().dim(1));
    Launch ofKeys =
        Launch.of(
                "attention/1-backward-keys.ptx",
                "attention_backward_keys",
                new Dim(Math.ceilDiv(keys, WARPS), k.shape().dim(2), q.shape().dim(0)),
                Dim.of(32, WARPS))
            .shared(sharedBytes(q.shape().dim(3), 16, 2))
            .pointer(address(q))
            .pointer(address(k))
            .pointer(address(v))
            .pointer(start)
            .pointer(address(lse))
            .pointer(address(dout))
            .pointer(deltas)
            .pointer(address(dk))
            .pointer(address(dv));
    run(q, shapes(ofKeys, q, k).whole(positions.offset()).real(scale));
  }

  /** A warp a query column; each warp keeps rows of the head and of probabilities. */
  private static Launch queries(
      String file, String entry, Tensor q, int headRows, int probabilityRows) {
    int time = Math.max(1, q.shape().dim(1));
    Dim grid = new Dim(Math.ceilDiv(time, WARPS), q.shape().dim(2), Math.max(1, q.shape().dim(0)));
    return Launch.of(file, entry, grid, Dim.of(32, WARPS))
        .shared(sharedBytes(q.shape().dim(3), headRows, probabilityRows));
  }

  /** Two padded tiles of 32 rows, rows of the head, and 32 words a warp and probability row. */
  private static int sharedBytes(int headDim, int headRows, int probabilityRows) {
    if (headDim > LARGEST_HEAD) {
      throw new IllegalArgumentException(
          "CUDA attention takes heads of up to %d, got %d".formatted(LARGEST_HEAD, headDim));
    }
    return 4 * (64 * (headDim + 1) + headRows * headDim + 32 * WARPS * probabilityRows);
  }

  /** The offset, then the start of each row. */
  private long upload(Positions positions) {
    int[] words = new int[1 + positions.start().length];
    words[0] = positions.offset();
    System.arraycopy(positions.start(), 0, words, 1, positions.start().length);
    return device.upload("positions", words);
  }

  private static Launch shapes(Launch launch, Tensor q, Tensor k) {
    return launch
        .whole(q.shape().dim(1))
        .whole(k.shape().dim(1))
        .whole(q.shape().dim(2))
        .whole(k.shape().dim(2))
        .whole(q.shape().dim(3));
  }

  private void run(Tensor q, Launch launch) {
    if (q.size() > 0) {
      device.run(launch);
    }
  }

  @Override
  public void rotary(Tensor x, Positions positions, double base, RotaryLayout layout, Tensor y) {
    rotate(x, positions, base, layout, 1, false, y);
  }

  @Override
  public void rotaryBackward(
      Tensor dy, Positions positions, double base, RotaryLayout layout, Tensor dx) {
    rotate(dy, positions, base, layout, -1, true, dx);
  }

  private void rotate(
      Tensor x,
      Positions positions,
      double base,
      RotaryLayout layout,
      int sign,
      boolean add,
      Tensor y) {
    int time = x.shape().dim(1);
    int headDim = x.shape().dim(3);
    int pairs = x.size() / 2;
    if (pairs == 0) {
      return;
    }
    device.run(
        device
            .grids()
            .elements("rotary/1-table.ptx", "rotary", pairs)
            .pointer(address(x))
            .pointer(address(y))
            .pointer(table(new Rotation(base, headDim), positions.offset() + time))
            .pointer(upload(positions))
            .whole(time)
            .whole(x.shape().dim(2))
            .whole(headDim / 2)
            .whole(layout == RotaryLayout.HALVES ? 1 : 0)
            .real(sign)
            .whole(add ? 1 : 0)
            .whole(pairs));
  }

  /** (cos, sin) of p base^(-2i / headDim), worked out in double; grows when positions do. */
  private long table(Rotation rotation, int positions) {
    Table table = tables.get(rotation);
    if (table != null && table.positions() >= positions) {
      return table.address();
    }
    int count = Math.max(64, Integer.highestOneBit(positions) * 2);
    int half = rotation.headDim() / 2;
    int[] words = new int[2 * count * half];
    for (int position = 0; position < count; position++) {
      for (int pair = 0; pair < half; pair++) {
        double angle = position * Math.pow(rotation.base(), -2.0 * pair / rotation.headDim());
        int at = 2 * (position * half + pair);
        words[at] = Float.floatToRawIntBits((float) Math.cos(angle));
        words[at + 1] = Float.floatToRawIntBits((float) Math.sin(angle));
      }
    }
    long address = device.upload(rotation.toString(), words);
    tables.put(rotation, new Table(address, count));
    return address;
  }

  @Override
  public void append(Tensor x, Tensor cache, int offset) {
    if (x.size() == 0) {
      return;
    }
    int width = x.shape().inner(1);
    device.run(
        device
            .grids()
            .elements("append/1-column.ptx", "append", x.size())
            .pointer(address(x))
            .pointer(address(cache))
            .pointer(device.upload("offset", new int[] {offset}))
            .whole(x.shape().dim(0))
            .whole(x.shape().dim(1) * width)
            .whole(width)
            .whole(cache.shape().dim(1) * width));
  }

  @Override
  public Shape cacheShape(Shape columns) {
    return columns;
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
    attention(q, keys, values, positions, scale, out, lse);
  }
}
