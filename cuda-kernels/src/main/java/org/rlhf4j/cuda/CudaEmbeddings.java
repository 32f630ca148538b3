package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.Dim;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;

/** Table look-up and its gradient: one launch record a kernel. */
final class CudaEmbeddings implements EmbeddingKernels {
  private final Device device;

  CudaEmbeddings(Device device) {
    this.device = device;
  }

  @Override
  public void gather(Tensor table, int[] ids, Tensor y) {
    int width = table.shape().columns();
    int count = ids.length * width;
    if (count > 0) {
      device.run(
          device
              .grids()
              .elements("embedding/1-gather.ptx", "gather", count)
              .pointer(address(table))
              .pointer(device.upload("ids", ids))
              .pointer(address(y))
              .whole(width)
              .whole(count));
    }
  }

  @Override
  public void addScatter(Tensor dy, int[] ids, Tensor dtable) {
    int width = dtable.shape().columns();
    if (ids.length == 0 || width == 0) {
      return;
    }
    int[] order =
        IntStream.range(0, ids.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> ids[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] ends = new int[ids.length];
    int[] tokens = new int[ids.length];
    int groups = 0;
    for (int i = 0; i < order.length; i++) {
      if (i == 0 || ids[order[i]] != ids[order[i - 1]]) {
        tokens[groups++] = ids[order[i]];
      }
      ends[groups - 1] = i + 1;
    }
    device.run(
        Launch.of("embedding/1-scatter-add.ptx", "scatter_add", Dim.of(groups), Dim.of(128))
            .pointer(address(dy))
            .pointer(device.upload("order", order))
            .pointer(device.upload("ends", Arrays.copyOf(ends, groups)))
            .pointer(device.upload("tokens", Arrays.copyOf(tokens, groups)))
            .pointer(address(dtable))
            .whole(width));
  }
}
