package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

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
    String label = shape + " " + hidden;
    return List.of(
        new KernelCase(
            "DeviceSoftmax.softmax",
            label,
            (backend, workspace) -> {
              Tensor y = workspace.of(shape, softmax);
              Tensor inPlace = workspace.of(shape, softmax);
              if (backend instanceof CudaBackend cuda) {
                y = workspace.empty(shape);
                inPlace = workspace.of(shape, x);
                try (DeviceBytes mask = DeviceBytes.of(cuda, bytes)) {
                  DeviceSoftmax device = new DeviceSoftmax(cuda);
                  double temperature = hidden.temperature();
                  device.softmax(workspace.of(shape, x), hidden.on(mask), temperature, y);
                  device.softmax(inPlace, hidden.on(mask), temperature, inPlace);
                }
              }
              return Inputs.concat(y.toDoubles(), inPlace.toDoubles());
            },
            KernelCase.Tolerance::probability),
        new KernelCase(
            "DeviceSoftmax.logSumExp",
            label,
            (backend, workspace) -> {
              Tensor out = workspace.of(rows, lse);
              if (backend instanceof CudaBackend cuda) {
                out = workspace.empty(rows);
                try (DeviceBytes mask = DeviceBytes.of(cuda, bytes)) {
                  new DeviceSoftmax(cuda)
                      .logSumExp(
                          workspace.of(shape, x), hidden.on(mask), hidden.temperature(), out);
                }
              }
              return out.toDoubles();
            },
            reference -> 4e-7 * Math.max(1, Math.abs(reference))),
        new KernelCase(
            "DeviceSoftmax.softmaxBackward",
            label,
            (backend, workspace) -> {
              Tensor into = workspace.of(shape, softmaxGradient);
              if (backend instanceof CudaBackend cuda) {
                into.set(dx);
                try (DeviceBytes mask = DeviceBytes.of(cuda, bytes)) {
                  new DeviceSoftmax(cuda)
                      .softmaxBackward(
                          workspace.of(shape, softmax),
                          hidden.on(mask),
                          hidden.temperature(),
                          workspace.of(shape, dy),
                          into);
                }
              }
              return into.toDoubles();
            },
            reference -> 2e-6 * Math.max(1, Math.abs(reference))),
        new KernelCase(
            "DeviceSoftmax.logSumExpBackward",
            label,
            (backend, workspace) -> {
              Tensor into = workspace.of(shape, lseGradient);
              if (backend instanceof CudaBackend cuda) {
                into.set(dx);
                try (DeviceBytes mask = DeviceBytes.of(cuda, bytes)) {
                  new DeviceSoftmax(cuda)
                      .logSumExpBackward(
                          workspace.of(shape, x),
                          hidden.on(mask),
                          hidden.temperature(),
                          workspace.of(rows, lse),
                          workspace.of(rows, dout),
                          into);
                }
              }
              return into.toDoubles();
            },
            reference -> 2e-6 * Math.max(1, Math.abs(reference))));
  }
}
