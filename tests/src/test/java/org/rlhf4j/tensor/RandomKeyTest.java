package org.rlhf4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;

class RandomKeyTest {
  private static final RandomKey ROOT = new RandomKey(42);

  /** Seeds of saved runs mean what they meant: a change of these numbers breaks every one. */
  @Test
  void pinned() {
    assertEquals(0x7455d6b88d88bc08L, ROOT.child("policy").seed());
    assertEquals(0x9814d2acf5cc8f51L, ROOT.child(3).seed());
    assertEquals(0xe766a0d66ae77755L, ROOT.child("policy").child(3).child("dropout").seed());
    assertEquals(0x989b3f130a063869L, ROOT.generator().nextLong());
    assertEquals(0x5c2a63f0a58894fdL, ROOT.child("data").generator().nextLong());
  }

  @Test
  void aPathGivesTheSameNumbersWhateverElseWasDrawn() {
    long first = ROOT.child("a").generator().nextLong();
    ROOT.child("b").generator().nextLong();
    ROOT.generator().nextLong();
    assertEquals(first, new RandomKey(42).child("a").generator().nextLong());
  }

  @Test
  void differentPathsHaveDifferentSeeds() {
    Set<Long> seeds = new HashSet<>();
    int count = 0;
    for (long seed = -50; seed < 50; seed++) {
      RandomKey root = new RandomKey(seed);
      seeds.add(seed);
      count++;
      for (int i = -50; i < 50; i++) {
        seeds.add(root.child(i).seed());
        seeds.add(root.child("child" + i).seed());
        seeds.add(root.child(i).child(0).seed());
        count += 3;
      }
    }
    assertEquals(count, seeds.size());
  }

  @Test
  void orderOfChildrenMatters() {
    assertTrue(ROOT.child(1).child(2).seed() != ROOT.child(2).child(1).seed());
    assertTrue(ROOT.child("a").child("b").seed() != ROOT.child("ab").seed());
    assertTrue(ROOT.child("1").seed() != ROOT.child(1).seed());
  }

  /**
   * The streams of two relatives, cut into 10 x 10 bins: were one a copy, a shift or a mirror image
   * of the other, the joint counts would not be even. The seeds are fixed, so chance plays no part.
   */
  @Test
  void relativesAreIndependent() {
    List<RandomKey> relatives = new ArrayList<>();
    relatives.add(ROOT);
    for (int i = 0; i < 4; i++) {
      relatives.add(ROOT.child(i));
      relatives.add(ROOT.child("child" + i));
      relatives.add(new RandomKey(43 + i));
    }
    relatives.add(ROOT.child(0).child(0));
    for (RandomKey a : relatives) {
      for (RandomKey b : relatives) {
        if (!a.equals(b)) {
          assertTrue(independence(a, b) > 1e-4, a + " and " + b);
        }
      }
    }
  }

  private static double independence(RandomKey a, RandomKey b) {
    RandomGenerator left = a.generator();
    RandomGenerator right = b.generator();
    long[][] counts = new long[10][10];
    for (int i = 0; i < 5000; i++) {
      counts[left.nextInt(10)][right.nextInt(10)]++;
    }
    return new ChiSquareTest().chiSquareTest(counts);
  }

  /** The first draw of numbered children is itself a uniform sequence. */
  @Test
  void firstDrawsOfSiblingsAreUniform() {
    long[] observed = new long[100];
    double[] expected = new double[100];
    for (int i = 0; i < 20_000; i++) {
      observed[ROOT.child(i).generator().nextInt(100)]++;
      expected[i % 100]++;
    }
    assertTrue(new ChiSquareTest().chiSquareTest(expected, observed) > 0.01);
  }
}
