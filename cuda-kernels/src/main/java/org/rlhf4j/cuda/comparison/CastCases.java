package org.rlhf4j.cuda.comparison;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.cuda.CudaBackend;
import org.rlhf4j.cuda.DeviceBytes;
import org.rlhf4j.cuda.DeviceCasts;
import org.rlhf4j.cuda.DeviceCasts.Format;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/**
 * Casts to 16 bits and back. What is expected follows from the formats: the value of a half from
 * its fields, and rounding from the two halves that a number lies between.
 */
public final class CastCases {
  private CastCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (Format format : Format.values()) {
      for (int size : new int[] {1, 2, 3, 4, 5, 6, 7, 1030, 9001}) {
        // halves spread over all 65,536, the last of them the largest
        int[] halves = new int[size];
        Arrays.setAll(halves, i -> size < 8 ? 0xc123 + 999 * i : 65_535 * i / (size - 1));
        cases.add(widen(format, halves));
        cases.add(narrow(format, halves));
      }
      cases.add(notNumbers(format));
    }
    return cases;
  }

  /** The number that a half stands for. */
  static double value(Format format, int half) {
    int places = format == Format.F16 ? 10 : 7;
    int bias = format == Format.F16 ? 15 : 127;
    int highest = format == Format.F16 ? 31 : 255;
    int exponent = half >>> places & highest;
    double fraction = (half & ((1 << places) - 1)) * Math.pow(2, -places);
    double magnitude =
        exponent == 0
            ? fraction * Math.pow(2, 1 - bias)
            : exponent < highest
                ? (1 + fraction) * Math.pow(2, exponent - bias)
                : fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    return (half & 0x8000) == 0 ? magnitude : -magnitude;
  }

  public static KernelCase widen(Format format, int[] halves) {
    return new KernelCase(
        "DeviceCasts.widen",
        format + " [" + halves.length + "]",
        (backend, workspace) -> {
          if (!(backend instanceof CudaBackend cuda)) {
            return Arrays.stream(halves).mapToDouble(half -> value(format, half)).toArray();
          }
          ByteBuffer bytes = ByteBuffer.allocate(2 * halves.length).order(ByteOrder.LITTLE_ENDIAN);
          Arrays.stream(halves).forEach(half -> bytes.putShort((short) half));
          Tensor y = workspace.empty(Shape.of(halves.length));
          try (DeviceBytes x = DeviceBytes.of(cuda, bytes.array())) {
            new DeviceCasts(cuda).widen(x, format, y);
          }
          return y.toDoubles();
        },
        reference -> 0);
  }

  /** Each half itself, then just below, at and just above the middle between it and the next. */
  public static KernelCase narrow(Format format, int[] halves) {
    int infinity = format == Format.F16 ? 0x7c00 : 0x7f80;
    double[] numbers = new double[4 * halves.length];
    double[] expected = new double[numbers.length];
    for (int i = 0; i < halves.length; i++) {
      int half = halves[i];
      int next = half + 1;
      boolean finite = (half & 0x7fff) < infinity;
      double value = value(format, half);
      // what rounds to infinity does so from half a step above the largest
      double step = finite && (half & 0x7fff) > 0 ? value - value(format, half - 1) : 0;
      double after = (next & 0x7fff) == infinity ? value + step : value(format, next);
      float middle = (float) (value / 2 + after / 2);
      double tie = value(format, half % 2 == 0 ? half : next);
      double[] around = {value, towards(middle, value), middle, towards(middle, after)};
      double[] rounded = {value, value, tie, value(format, next)};
      for (int k = 0; k < 4; k++) {
        int at = 4 * i + (k + i) % 4; // each kind in each of a thread's four places
        numbers[at] = finite ? around[k] : value;
        expected[at] = finite ? rounded[k] : value;
      }
    }
    // so that every length occurs
    int size = numbers.length - halves.length % 4;
    return new KernelCase(
        "DeviceCasts.narrow",
        format + " [" + size + "]",
        (backend, workspace) -> {
          if (!(backend instanceof CudaBackend cuda)) {
            return Arrays.copyOf(expected, size);
          }
          Tensor x = workspace.of(Shape.of(size), Arrays.copyOf(numbers, size));
          try (DeviceBytes y = DeviceBytes.zeros(cuda, 2 * size)) {
            new DeviceCasts(cuda).narrow(x, format, y);
            ByteBuffer bytes = ByteBuffer.wrap(y.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
            double[] seen = new double[size];
            Arrays.setAll(seen, i -> value(format, bytes.getShort(2 * i) & 0xffff));
            return seen;
          }
        },
        reference -> 0);
  }

  /** Bits that a careless cut or carry would turn into an infinity or a zero. */
  private static KernelCase notNumbers(Format format) {
    int[] kinds = {0x7f800001, 0xff80ffff, 0x7fffffff, 0xffc00000, 0x7f800000, 0x7fff8001, 0};
    int[] words = new int[4 * kinds.length];
    Arrays.setAll(words, i -> kinds[i % kinds.length]);
    return new KernelCase(
        "DeviceCasts.narrow",
        format + " NaN",
        (backend, workspace) -> {
          double[] values = new double[words.length];
          Arrays.setAll(values, i -> Float.intBitsToFloat(words[i]));
          if (backend instanceof CudaBackend cuda) {
            Tensor x = workspace.zeros(Shape.of(words.length));
            cuda.driver().upload(words, CudaBackend.address(x));
            try (DeviceBytes y = DeviceBytes.zeros(cuda, 2 * words.length)) {
              new DeviceCasts(cuda).narrow(x, format, y);
              ByteBuffer bytes = ByteBuffer.wrap(y.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
              Arrays.setAll(values, i -> value(format, bytes.getShort(2 * i) & 0xffff));
            }
          }
          return values;
        },
        reference -> 0);
  }

  private static double towards(float from, double to) {
    return to > from ? Math.nextUp(from) : Math.nextDown(from);
  }
}
