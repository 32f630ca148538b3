package org.rlhf4j.bench;

/**
 * What a call of a benchmark must do, whoever does it: arithmetic, and memory that must move when
 * no cache holds the operands. The larger of the two times is its roof.
 *
 * @param flops additions and multiplications; an exponential counts as {@link #EXP}
 * @param bytes read and written at least once
 * @param tokens that are trained on or decoded, or 0
 */
record Work(double flops, double bytes, int tokens) {
  /** What {@code VectorMath.exp} takes: two for each multiply-add, one for anything else. */
  private static final int EXP = 24;

  /** {@return the work of a contest, from its name and shape} */
  static Work of(String name, String shape) {
    String benchmark = name.substring(0, name.indexOf('.'));
    String kernel = name.substring(name.indexOf('.') + 1);
    return switch (benchmark) {
      case "Matrix" -> matrix(dims(shape));
      case "Attention" -> attention(dims(shape));
      case "Training" -> TrainingBenchmark.work(shape);
      case "Gpt2" -> Gpt2Benchmark.work(shape);
      case "Policy" -> PolicyBenchmark.work(kernel);
      case "Decoding" -> DecodingBenchmark.work(kernel, shape);
      default -> rows(kernel, dims(shape));
    };
  }

  private static Work matrix(int[] mnk) {
    double m = mnk[0];
    double n = mnk[1];
    double k = mnk[2];
    return new Work(2 * m * n * k, 4 * (m * k + n * k + m * n), 0);
  }

  /**
   * Two products forward and five backward over the visible half of the scores; forward reads three
   * tensors and writes one, backward reads five and writes three.
   */
  private static Work attention(int[] d) {
    double visible = 0.5 * d[0] * d[2] * d[1] * (d[1] + 1.0);
    double elements = (double) d[0] * d[1] * d[2] * d[3];
    return new Work(visible * (7 * 2 * d[3] + 2 * EXP), 12 * 4 * elements, 0);
  }

  private static Work rows(String kernel, int[] shape) {
    double elements = 1;
    for (int dim : shape) {
      elements *= dim;
    }
    return switch (kernel) {
      case "softmax" -> new Work((EXP + 4) * elements, 8 * elements, 0);
      case "tokenLogprobs", "logSumExp" -> new Work((EXP + 3) * elements, 4 * elements, 0);
      case "layerNorm" -> new Work(9 * elements, 8 * elements, 0);
      case "rmsNorm" -> new Work(5 * elements, 8 * elements, 0);
      case "swiGlu" -> new Work((EXP + 4) * elements, 12 * elements, 0);
      case "rotary" -> new Work(3 * elements, 8 * elements, 0);
      case "residual" -> new Work(elements, 12 * elements, 0);
      case "gradientNorm" -> new Work(2 * elements, 4 * elements, 0);
      case "gelu" -> new Work(24 * elements, 8 * elements, 0);
      case "adamW" -> new Work(16 * elements, 28 * elements, 0);
      default -> throw new IllegalArgumentException("nobody has counted the work of " + kernel);
    };
  }

  /** {@return the numbers of a shape written with x between them} */
  static int[] dims(String shape) {
    String[] parts = shape.split("x", -1);
    int[] dims = new int[parts.length];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Integer.parseInt(parts[i]);
    }
    return dims;
  }
}
