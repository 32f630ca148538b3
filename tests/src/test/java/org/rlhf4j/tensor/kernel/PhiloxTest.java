package org.rlhf4j.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PhiloxTest {
  /** Counter, key and result as published: Random123, tests/kat_vectors, "philox4x32 10". */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000 00000000 00000000 00000000 00000000 00000000"
            + " 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff"
            + " 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0"
            + " d16cfe09 94fdcceb 5001e420 24126ea1"
      })
  void knownAnswers(String vector) {
    int[] words = Stream.of(vector.split(" ")).mapToInt(HexFormat::fromHexDigits).toArray();
    int[] counter = {words[0], words[1], words[2], words[3]};
    Philox.encrypt(counter, words[4], words[5]);
    assertArrayEquals(new int[] {words[6], words[7], words[8], words[9]}, counter);
  }

  @Test
  void aBlockPutsTheLowWordsFirst() {
    int[] expected = {0x55667788, 0x11223344, 0, 0};
    Philox.encrypt(expected, 0x89abcdef, 0x01234567);
    assertArrayEquals(expected, Philox.block(0x0123456789abcdefL, 0x1122334455667788L));
  }

  @Test
  void anElementIsAWordOfItsBlock() {
    for (int i = 0; i < 20; i++) {
      int word = Philox.block(42, i / 4)[i % 4];
      assertEquals((word >>> 8) / (double) (1 << 24), Philox.uniform(42, i));
      assertEquals((float) Philox.uniform(42, i), Philox.uniform(42, i), "exact in a float");
    }
  }

  /** Fixed key, so this cannot fail by chance: 100 bins of 100,000 numbers. */
  @Test
  void numbersAreUniform() {
    double[] expected = new double[100];
    long[] observed = new long[100];
    for (int i = 0; i < 100_000; i++) {
      observed[(int) (Philox.uniform(7, i) * 100)]++;
    }
    Arrays.fill(expected, 1000);
    assertTrue(new ChiSquareTest().chiSquareTest(expected, observed) > 0.01);
  }
}
