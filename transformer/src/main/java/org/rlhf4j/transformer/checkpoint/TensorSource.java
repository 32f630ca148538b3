package org.rlhf4j.transformer.checkpoint;

import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.Shape;

/**
 * Where one of our parameters lies in a file of other conventions.
 *
 * @param name of the tensor
 * @param transposed whether it is stored {@code [in, out]}, as GPT-2's Conv1D does
 * @param part which of the equal parts along the output axis is ours, from 0
 * @param parts how many there are
 */
record TensorSource(String name, boolean transposed, int part, int parts) {
  static TensorSource same(String name) {
    return new TensorSource(name, false, 0, 1);
  }

  /** {@return the elements of a parameter of this shape} */
  double[] read(Safetensors file, Shape shape) {
    int out = shape.dim(0);
    int in = shape.rank() == 1 ? 1 : shape.dim(1);
    Shape stored =
        shape.rank() == 1
            ? Shape.of(out * parts)
            : transposed ? Shape.of(in, out * parts) : Shape.of(out * parts, in);
    double[] all = file.read(name, stored);
    double[] ours = new double[shape.size()];
    for (int o = 0; o < out; o++) {
      int theirs = part * out + o;
      for (int i = 0; i < in; i++) {
        ours[o * in + i] = all[transposed ? i * out * parts + theirs : theirs * in + i];
      }
    }
    return ours;
  }
}
