package org.rlhf4j.cuda;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;

/**
 * Where the elements of operands lie when they are stretched to a shape, in at most four axes:
 * neighbouring axes along which every operand goes on in step are joined. Kernels take the lengths
 * of the last three axes and four strides an operand.
 */
record Axes(int[] lengths, List<int[]> strides) {
  private static final int MOST = 4;

  static Axes of(Shape out, Shape... operands) {
    List<Integer> lengths = new ArrayList<>();
    List<List<Integer>> strides = new ArrayList<>();
    List<int[]> full = new ArrayList<>();
    for (Shape operand : operands) {
      strides.add(new ArrayList<>());
      full.add(strides(operand, out));
    }
    for (int axis = out.rank() - 1; axis >= 0; axis--) {
      int length = out.dim(axis);
      if (length == 1) {
        continue;
      }
      if (!lengths.isEmpty() && joins(full, strides, lengths.getFirst(), axis)) {
        lengths.set(0, lengths.getFirst() * length);
      } else {
        lengths.addFirst(length);
        for (int i = 0; i < operands.length; i++) {
          strides.get(i).addFirst(full.get(i)[axis]);
        }
      }
    }
    if (lengths.size() > MOST) {
      throw new IllegalArgumentException(
          "broadcasting to %s needs %d separate axes; CUDA kernels take %d, so reshape first"
              .formatted(out, lengths.size(), MOST));
    }
    return new Axes(padded(lengths, 1), strides.stream().map(s -> padded(s, 0)).toList());
  }

  private static boolean joins(
      List<int[]> full, List<List<Integer>> strides, int length, int axis) {
    for (int i = 0; i < full.size(); i++) {
      if (full.get(i)[axis] != strides.get(i).getFirst() * length) {
        return false;
      }
    }
    return true;
  }

  private static int[] strides(Shape operand, Shape out) {
    int[] strides = new int[out.rank()];
    int stride = 1;
    for (int axis = operand.rank() - 1; axis >= 0; axis--) {
      strides[axis] = operand.dim(axis) == 1 ? 0 : stride;
      stride *= operand.dim(axis);
    }
    return strides;
  }

  private static int[] padded(List<Integer> values, int with) {
    int[] padded = new int[MOST];
    java.util.Arrays.fill(padded, with);
    for (int i = 0; i < values.size(); i++) {
      padded[MOST - values.size() + i] = values.get(i);
    }
    return padded;
  }
}
