package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import java.util.function.UnaryOperator;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** Softmax and its relatives: one launch record a kernel. */
final class CudaRows implements RowKernels {
  private static final double LOG2_E = 1 / Math.log(2);

  private final Device device;

  CudaRows(Device device) {
    this.device = device;
  }

  /** The launch of a kernel whose arguments are tensors, then rows and columns of the first. */
  private void run(String file, String entry, Tensor... tensors) {
    run(file, entry, launch -> launch, tensors);
  }

  /** The same with what comes after them. */
  private void run(String file, String entry, UnaryOperator<Launch> more, Tensor... tensors) {
    int columns = tensors[0].shape().columns();
    int rows = tensors[0].shape().rows();
    if (rows == 0 || columns == 0) {
      emptyRows(tensors);
      return;
    }
    Launch launch = Grids.rows(file, entry, rows, columns);
    for (Tensor tensor : tensors) {
      launch = launch.pointer(address(tensor));
    }
    device.run(more.apply(launch.whole(rows).whole(columns)));
  }

  private static void emptyRows(Tensor... tensors) {
    if (tensors[0].shape().rows() != 0) {
      throw new IllegalArgumentException(
          "rows of no columns have no softmax: shape " + tensors[0].shape());
    }
  }

  @Override
  public void logSumExp(Tensor x, Tensor out) {
    logSumExp(x, Visible.ALL, 1, out);
  }

  void logSumExp(Tensor x, Visible visible, double temperature, Tensor out) {
    UnaryOperator<Launch> switches =
        launch -> visible.arguments(launch).real(LOG2_E / temperature).real(1 / temperature);
    run("logsumexp/1-online.ptx", "logsumexp", switches, x, out);
  }

  @Override
  public void logSumExpBackward(Tensor x, Tensor lse, Tensor dout, Tensor dx) {
    logSumExpBackward(x, Visible.ALL, 1, lse, dout, dx);
  }

  void logSumExpBackward(
      Tensor x, Visible visible, double temperature, Tensor lse, Tensor dout, Tensor dx) {
    UnaryOperator<Launch> switches = launch -> visible.arguments(launch).real(1 / temperature);
    run("logsumexp/1-backward.ptx", "logsumexp_backward", switches, x, lse, dout, dx);
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    if (x.shape().columns() <= Grids.WARP_ROW) {
      run("softmax/2-registers.ptx", "softmax", x, y);
    } else {
      softmax(x, Visible.ALL, 1, y);
    }
  }

  void softmax(Tensor x, Visible visible, double temperature, Tensor y) {
    UnaryOperator<Launch> switches = launch -> visible.arguments(launch).real(LOG2_E / temperature);
    run("softmax/1-online.ptx", "softmax", switches, x, y);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    softmaxBackward(y, Visible.ALL, 1, dy, dx);
  }

  void softmaxBackward(Tensor y, Visible visible, double temperature, Tensor dy, Tensor dx) {
    UnaryOperator<Launch> switches = launch -> visible.arguments(launch).real(1 / temperature);
    run("softmax/1-backward.ptx", "softmax_backward", switches, y, dy, dx);
  }

  @Override
  public void logSoftmax(Tensor x, Tensor y) {
    run("logsoftmax/1-online.ptx", "log_softmax", x, y);
  }

  @Override
  public void logSoftmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    run("logsoftmax/1-backward.ptx", "log_softmax_backward", y, dy, dx);
  }

  @Override
  public void tokenLogprobs(Tensor logits, int[] ids, Tensor logprobs, Tensor lse) {
    int columns = logits.shape().columns();
    if (ids.length == 0) {
      return;
    }
    device.run(
        Grids.rows("tokenlogprobs/1-online.ptx", "token_logprobs", ids.length, columns)
            .pointer(address(logits))
            .pointer(device.upload("ids", ids))
            .pointer(address(logprobs))
            .pointer(address(lse))
            .whole(ids.length)
            .whole(columns));
  }

  @Override
  public void tokenLogprobsBackward(
      Tensor logits, int[] ids, Tensor lse, Tensor dlogprobs, Tensor dlogits) {
    int columns = logits.shape().columns();
    if (ids.length == 0) {
      return;
    }
    device.run(
        Grids.rows("tokenlogprobs/1-backward.ptx", "token_logprobs_backward", ids.length, columns)
            .pointer(address(logits))
            .pointer(device.upload("ids", ids))
            .pointer(address(lse))
            .pointer(address(dlogprobs))
            .pointer(address(dlogits))
            .whole(ids.length)
            .whole(columns));
  }

  @Override
  public void entropy(Tensor x, Tensor out, Tensor lse) {
    run("entropy/1-two-reads.ptx", "entropy", x, out, lse);
  }

  @Override
  public void entropyBackward(Tensor x, Tensor out, Tensor lse, Tensor dout, Tensor dx) {
    run("entropy/1-backward.ptx", "entropy_backward", x, out, lse, dout, dx);
  }

  @Override
  public int[] argmax(Tensor x) {
    int[] best = new int[x.shape().rows()];
    if (best.length > 0) {
      long out = device.scratch("argmax", best.length);
      device.run(
          Grids.rows("argmax/1-butterfly.ptx", "argmax", best.length, x.shape().columns())
              .pointer(address(x))
              .pointer(out)
              .whole(best.length)
              .whole(x.shape().columns()));
      device.driver().download(out, best);
    }
    return best;
  }
}
