package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.cuda.DeviceCasts.Format;
import org.rlhf4j.cuda.comparison.CastCases;
import org.rlhf4j.cuda.comparison.KernelCase;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.ReferenceBackend;

/** All 65,536 halves one way, and every place where rounding turns the other way. */
class CastTest {
  private static final int[] ALL = IntStream.range(0, 1 << 16).toArray();

  private static void check(KernelCase cast) {
    double[] expected = KernelCase.on(new ReferenceBackend(), cast.body());
    try (Backend backend = Backends.open("cuda-emulated", 1)) {
      assertEquals(
          Optional.empty(), cast.difference(expected, KernelCase.on(backend, cast.body())));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyHalfBecomesItsValue(Format format) {
    check(CastCases.widen(format, ALL));
  }

  @ParameterizedTest
  @EnumSource
  void everyNumberBetweenHalvesGoesToTheNearerAndTiesToTheEven(Format format) {
    check(CastCases.narrow(format, ALL));
  }
}
