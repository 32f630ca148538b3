package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.kernel.TokenDraw;

class SamplingTest {
  /** Probabilities 0.1, 0.4, 0.2, 0.25, 0.05; logits need not be normalized. */
  private static final double[] LOGITS =
      DoubleStream.of(0.1, 0.4, 0.2, 0.25, 0.05).map(p -> Math.log(p) + 7).toArray();

  private static long[] counts(Sampling sampling, int draws) {
    RandomKey key = new RandomKey(42);
    long[] counts = new long[LOGITS.length];
    for (int i = 0; i < draws; i++) {
      counts[sampling.draw(LOGITS, key.child(i)).token()]++;
    }
    return counts;
  }

  private static Set<Integer> support(Sampling sampling) {
    long[] counts = counts(sampling, 2000);
    Set<Integer> support = new TreeSet<>();
    IntStream.range(0, counts.length).filter(i -> counts[i] > 0).forEach(support::add);
    return support;
  }

  private static void assertDistribution(Sampling sampling, double... expected) {
    long[] counts = counts(sampling, 20_000);
    int[] possible = IntStream.range(0, 5).filter(i -> expected[i] > 0).toArray();
    double[] probabilities = Arrays.stream(possible).mapToDouble(i -> expected[i]).toArray();
    long[] observed = Arrays.stream(possible).mapToLong(i -> counts[i]).toArray();
    assertEquals(20_000, Arrays.stream(observed).sum(), "drawn outside of the support");
    double p = new ChiSquareTest().chiSquareTest(probabilities, observed);
    assertTrue(p > 1e-3, () -> "p = " + p + " for counts " + Arrays.toString(counts));
  }

  @Test
  void drawsFromTheSoftmax() {
    assertDistribution(Sampling.at(1), 0.1, 0.4, 0.2, 0.25, 0.05);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 2})
  void temperatureIsThePowerOfTheProbabilities(double temperature) {
    double[] powers =
        DoubleStream.of(0.1, 0.4, 0.2, 0.25, 0.05).map(p -> Math.pow(p, 1 / temperature)).toArray();
    double sum = DoubleStream.of(powers).sum();
    assertDistribution(
        Sampling.at(temperature), DoubleStream.of(powers).map(p -> p / sum).toArray());
  }

  @Test
  void topKRenormalizesTheMostProbable() {
    assertDistribution(Sampling.at(1).topK(2), 0, 0.4 / 0.65, 0, 0.25 / 0.65, 0);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1 3", "3, 1 2 3", "4, 0 1 2 3", "5, 0 1 2 3 4", "99, 0 1 2 3 4"})
  void topKKeepsExactlyK(int k, String expected) {
    assertEquals(ids(expected), support(Sampling.at(1).topK(k)));
  }

  @ParameterizedTest
  // sums of the most probable: 0.4, 0.65, 0.85, 0.95, 1
  @CsvSource({
    "0.001, 1",
    "0.399, 1",
    "0.401, 1 3",
    "0.649, 1 3",
    "0.651, 1 2 3",
    "0.86, 0 1 2 3",
    "0.951, 0 1 2 3 4",
    "1, 0 1 2 3 4"
  })
  void topPKeepsTheSmallestSetThatReachesIt(double p, String expected) {
    assertEquals(ids(expected), support(Sampling.at(1).topP(p)));
  }

  @Test
  void topPCountsWithinWhatTopKLeft() {
    // of 0.4, 0.25, 0.2 the first is 0.4 / 0.85 = 0.47, the first two are 0.765
    assertEquals(ids("1 3"), support(Sampling.at(1).topK(3).topP(0.7)));
    assertEquals(ids("1 2 3"), support(Sampling.at(1).topK(4).topP(0.7)));
  }

  @Test
  void topPCountsAtTheTemperature() {
    // squares over their sum 0.275: 0.58 and 0.23 and ..
    assertEquals(ids("1"), support(Sampling.at(0.5).topP(0.5)));
    assertEquals(ids("1 3"), support(Sampling.at(1).topP(0.5)));
  }

  @Test
  void ofEqualsTheFirstStay() {
    double[] equal = new double[4];
    Set<Integer> drawn = new TreeSet<>();
    for (int i = 0; i < 200; i++) {
      drawn.add(Sampling.at(1).topK(2).draw(equal, new RandomKey(i)).token());
    }
    assertEquals(Set.of(0, 1), drawn);
    assertEquals(0, Sampling.greedy().draw(equal, new RandomKey(0)).token());
  }

  @Test
  void greedyTakesTheMostProbableWithItsLogprobAtTemperatureOne() {
    TokenDraw draw = Sampling.greedy().draw(LOGITS, new RandomKey(0));
    assertEquals(1, draw.token());
    assertEquals(Math.log(0.4), draw.logprob(), 1e-14);
  }

  @Test
  void logprobIsThatOfTheWholeVocabularyAtTheTemperature() {
    Sampling sampling = Sampling.at(0.5).topK(2).topP(0.9);
    double[] squares = {0.01, 0.16, 0.04, 0.0625, 0.0025};
    for (int i = 0; i < 20; i++) {
      TokenDraw draw = sampling.draw(LOGITS, new RandomKey(i));
      assertEquals(Math.log(squares[draw.token()] / 0.275), draw.logprob(), 1e-13);
    }
  }

  @Test
  void sameKeySameDraw() {
    Sampling sampling = Sampling.at(1);
    for (int i = 0; i < 50; i++) {
      RandomKey key = new RandomKey(i);
      assertEquals(sampling.draw(LOGITS, key), sampling.draw(LOGITS, key));
    }
  }

  @Test
  void anExcludedTokenIsNeverDrawn() {
    double[] logits = {Double.NEGATIVE_INFINITY, 0, Double.NEGATIVE_INFINITY};
    for (int i = 0; i < 100; i++) {
      assertEquals(new TokenDraw(1, 0), Sampling.at(3).draw(logits, new RandomKey(i)));
    }
  }

  @Test
  void hugeLogitsAreFinite() {
    double[] logits = {-1e4, 1e4, 0};
    TokenDraw draw = Sampling.at(0.01).draw(logits, new RandomKey(1));
    assertEquals(new TokenDraw(1, 0), draw);
  }

  @Test
  void logitsThatAreNotNumbersAreAnError() {
    for (Sampling sampling : new Sampling[] {Sampling.greedy(), Sampling.at(1)}) {
      for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        String message =
            assertThrows(
                    ArithmeticException.class,
                    () -> sampling.draw(new double[] {0, bad, 1}, new RandomKey(0)))
                .getMessage();
        assertEquals("the logit of token 1 is " + bad + "; the model has diverged", message);
      }
      double[] none = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
      assertThrows(ArithmeticException.class, () -> sampling.draw(none, new RandomKey(0)));
    }
  }

  @Test
  void refusesSettingsThatMeanNothing() {
    assertThrows(IllegalArgumentException.class, () -> Sampling.at(0));
    assertThrows(IllegalArgumentException.class, () -> Sampling.at(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Sampling.at(1).topK(0));
    assertThrows(IllegalArgumentException.class, () -> Sampling.at(1).topP(0));
    assertThrows(IllegalArgumentException.class, () -> Sampling.at(1).topP(1.1));
  }

  @Test
  void logitsAreNotModified() {
    double[] logits = LOGITS.clone();
    Sampling.at(0.7).topK(3).topP(0.9).draw(logits, new RandomKey(3));
    assertArrayEquals(LOGITS, logits, 0);
  }

  private static Set<Integer> ids(String text) {
    Set<Integer> ids = new TreeSet<>();
    for (String id : text.split(" ")) {
      ids.add(Integer.parseInt(id));
    }
    return ids;
  }
}
