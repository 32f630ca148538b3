package org.rlhf4j.rlhf.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * The figures of all parts of a step. What they need is gathered on the device and read in one
 * copy.
 */
final class StepFigures {
  private final Workspace workspace;
  private final List<Figures> parts = new ArrayList<>();
  private final List<Tensor> gathered = new ArrayList<>();

  /**
   * @param workspace owner of what is gathered
   */
  StepFigures(Workspace workspace) {
    this.workspace = workspace;
  }

  /** Adds the figures of a part, whose tensors may be given back afterwards. */
  void add(Figures part) {
    parts.add(part);
    gathered.add(joined(part.inputs()));
  }

  /** {@return the figures of all parts together; waits for the device once} */
  Map<String, Double> read() {
    double[] all = joined(gathered).toDoubles();
    Map<String, Double> figures = new LinkedHashMap<>();
    int at = 0;
    for (Figures part : parts) {
      List<double[]> inputs = new ArrayList<>();
      for (Tensor input : part.inputs()) {
        inputs.add(Arrays.copyOfRange(all, at, at + input.size()));
        at += input.size();
      }
      Metrics.add(figures, part.compute().apply(inputs), 1);
    }
    return figures;
  }

  private Tensor joined(List<Tensor> tensors) {
    Tensor joined = workspace.zeros(Shape.of(tensors.stream().mapToInt(Tensor::size).sum()));
    int at = 0;
    for (Tensor tensor : tensors) {
      Tensor row = tensor.reshape(Shape.of(tensor.size()));
      workspace.backend().elements().addIntoSlice(row, 0, at, joined);
      at += tensor.size();
    }
    return joined;
  }
}
