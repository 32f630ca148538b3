package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.cuda.CudaBackend;
import org.rlhf4j.cuda.DeviceBytes;
import org.rlhf4j.cuda.DeviceSoftmax;
import org.rlhf4j.cuda.Visible;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * Softmax and logsumexp of what is visible, against the sums over visible columns written out. All
 * that is hidden is NaN, in values and in gradients.
 */
final class VisibleCases {
  /**
   * Two masks' worth of matrices of three rows: rows of every alignment, the last block not full.
   */
  private static final int ROWS = 12;

  private static final int PERIOD = 3;
  private static final int ROWS_EACH = 6;

  private VisibleCases() {}

  /** What is hidden how. */
  private record Hidden(boolean masked, boolean causal, int offset, double temperature) {
    boolean at(int row, int column) {
      boolean byMask = masked && !shown(row / ROWS_EACH, column);
      return byMask || (causal && column > row % PERIOD + offset);
    }

    /** The second mask of two hides everything. */
    static boolean shown(int maskRow, int column) {
      return maskRow == 0 && column % 5 != 2 && column % 7 != 0;
    }

    Visible on(DeviceBytes mask) {
      Visible visible = causal ? Visible.causal(PERIOD, offset) : Visible.ALL;
      return masked ? visible.where(mask, ROWS_EACH) : visible;
    }
  }

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int columns : new int[] {1, 2, 3, 4, 5, 7, 31, 33, 127, 300, 1029, 1030}) {
      cases.addAll(of(columns, new Hidden(true, false, 0, 1)));
      cases.addAll(of(columns, new Hidden(false, true, columns - 2, 0.5)));
    }
    for (int columns : new int[] {6, 140, 1100}) {
      cases.addAll(of(columns, new Hidden(true, true, columns / 2, 2)));
      cases.addAll(of(columns, new Hidden(false, true, -2, 1))); // a row sees one column, two none
      cases.addAll(of(columns, new Hidden(false, true, 0, 1)));
      cases.addAll(of(columns, new Hidden(false, false, 0, 3)));
      cases.addAll(of(columns, new Hidden(false, true, columns + 9, 1)));
    }
    for (int part = 0; part < 8; part++) {
      cases.add(peaks(part));
    }
    return cases;
  }

  /**
   * Short rows that end in the middle of a part of 128 columns, each with its maximum in another of
   * the four registers that a lane has for the part: so far above the rest that without it the
   * exponentials overflow.
   */
  private static KernelCase peaks(int part) {
    int columns = 128 * part + 70;
    Shape shape = Shape.of(7, columns);
    double[] x = normal(shape.size(), 1, part);
    for (int r = 0; r < 4; r++) {
      int head = Math.floorMod(-r * columns, 4);
      x[r * columns + head + 128 * part + 4 * (3 + r) + r] = 100;
    }
    return new KernelCase(
        "RowKernels.softmax",
        shape + " peaks",
        (backend, workspace) -> {
          Tensor y = workspace.empty(shape);
          backend.rows().softmax(workspace.of(shape, x), y);
          return y.toDoubles();
        },
        KernelCase.Tolerance::probability);
  }

  private static List<KernelCase> of(int columns, Hidden hidden) {
    Shape shape = Shape.of(ROWS, columns);
    Shape rows = Shape.of(ROWS);
    double[] x = normal(shape.size(), 3, columns);
    double[] dy = normal(shape.size(), 1, columns + 1);
    double[] dx = normal(shape.size(), 1, columns + 2);
    double[] dout = normal(ROWS, 1, columns + 3);
    byte[] bytes = new byte[Math.ceilDiv(ROWS, ROWS_EACH) * columns];
    double[] lse = new double[ROWS];
    double[] softmax = new double[shape.size()];
    double[] softmaxGradient = dx.clone();
    double[] lseGradient = dx.clone();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (Hidden.shown(i / columns, i % columns) ? 1 + i % 255 : 0);
    }
    for (int r = 0; r < ROWS; r++) {
      double sum = 0;
      for (int j = 0; j < columns; j++) {
        int i = r * columns + j;
        if (hidden.at(r, j)) {
          x[i] = Double.NaN;
          dy[i] = Double.NaN;
        } else {
          sum += Math.exp(x[i] / hidden.temperature());
        }
      }
      lse[r] = (float) Math.log(sum);
      double dot = 0;
      for (int j = 0; j < columns; j++) {
        if (!hidden.at(r, j)) {
          int i = r * columns + j;
          softmax[i] = Math.exp(x[i] / hidden.temperature()) / sum;
          dot += softmax[i] * dy[i];
        }
      }
      for (int j = 0; j < columns; j++) {
        if (!hidden.at(r, j)) {
          int i = r * columns + j;
          softmaxGradient[i] += softmax[i] * (dy[i] - dot) / hidden.temperature();
          lseGradient[i] += dout[r] * softmax[i] / hidden.temperature();
        }
      }
    }
    Rows given = new Rows(hidden, bytes, shape + " " + hidden);
    double temperature = hidden.temperature();
    double[] nothing = new double[shape.size()];
    Arrays.fill(nothing, Double.NaN);
    return List.of(
        given.kernelCase(
            "softmax",
            shape,
            nothing,
            softmax,
            (device, visible, w, y) -> device.softmax(w.of(shape, x), visible, temperature, y),
            KernelCase.Tolerance::probability),
        given.kernelCase(
            "softmax",
            shape,
            x,
            softmax,
            (device, visible, _, inPlace) -> device.softmax(inPlace, visible, temperature, inPlace),
            KernelCase.Tolerance::probability),
        given.kernelCase(
            "logSumExp",
            rows,
            dout,
            lse,
            (device, visible, w, out) ->
                device.logSumExp(w.of(shape, x), visible, temperature, out),
            relative(4e-7)),
        given.kernelCase(
            "softmaxBackward",
            shape,
            dx,
            softmaxGradient,
            (device, visible, w, into) ->
                device.softmaxBackward(
                    w.of(shape, softmax), visible, temperature, w.of(shape, dy), into),
            relative(2e-6)),
        given.kernelCase(
            "logSumExpBackward",
            shape,
            dx,
            lseGradient,
            (device, visible, w, into) ->
                device.logSumExpBackward(
                    w.of(shape, x), visible, temperature, w.of(rows, lse), w.of(rows, dout), into),
            relative(2e-6)));
  }

  /** A call of a kernel that changes a tensor. */
  private interface Call {
    void on(DeviceSoftmax device, Visible visible, Workspace workspace, Tensor changed);
  }

  private record Rows(Hidden hidden, byte[] bytes, String label) {
    /** A device turns one value into the other, which was written out. */
    KernelCase kernelCase(
        String kernel,
        Shape shape,
        double[] before,
        double[] after,
        Call call,
        KernelCase.Tolerance tolerance) {
      return new KernelCase(
          "DeviceSoftmax." + kernel,
          label,
          (backend, workspace) -> {
            if (!(backend instanceof CudaBackend cuda)) {
              return workspace.of(shape, after).toDoubles();
            }
            Tensor changed = workspace.of(shape, before);
            try (DeviceBytes mask = DeviceBytes.of(cuda, bytes)) {
              call.on(new DeviceSoftmax(cuda), hidden.on(mask), workspace, changed);
            }
            return changed.toDoubles();
          },
          tolerance);
    }
  }
}
