package org.rlhf4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.bench.SideBySide.Result;

class SideBySideTest {
  @Test
  void aConstantRatioHasNoSpread() {
    double[] ours = DoubleStream.iterate(1, x -> x + 1).limit(9).toArray();
    double[] peer = DoubleStream.of(ours).map(x -> 2 * x).toArray();
    Result result = SideBySide.summary(ours, peer);
    assertEquals(new Result(5, 0.8, 10, 0.8, 2, 2, 2, 2, 9), result);
  }

  @Test
  void theIntervalHoldsTheMedianAndLeavesOutTheOutlier() {
    double[] ours = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    double[] peer = {1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 900};
    Result result = SideBySide.summary(ours, peer);
    assertEquals(1.5, result.ratio());
    assertTrue(result.low() >= 1 && result.low() < 1.5, "low " + result.low());
    assertTrue(result.high() > 1.5 && result.high() < 2, "high " + result.high());
    assertEquals(1, result.fastest());
  }

  @Test
  void bothSidesRunInEachRound() {
    AtomicInteger ours = new AtomicInteger();
    AtomicInteger peer = new AtomicInteger();
    Result result =
        SideBySide.run(Side.of(ours::incrementAndGet), Side.of(peer::incrementAndGet), 1e-9, 0);
    assertTrue(result.rounds() >= 5, result.rounds() + " rounds");
    assertTrue(ours.get() > result.rounds() && peer.get() > result.rounds());
  }

  @Test
  void everyMethodOfOursHasAPeer() {
    for (Class<? extends Contest.Paired> benchmark : CpuCommand.BENCHMARKS) {
      assertFalse(Contest.pairs(benchmark).isEmpty(), benchmark + " has no pair");
      assertFalse(Contest.shapes(benchmark).isEmpty(), benchmark + " has no shape");
      for (Contest.Pair pair : Contest.pairs(benchmark)) {
        String shape = Contest.shapes(benchmark).getFirst();
        Contest contest = Contest.of(instance(benchmark), pair, shape, 1);
        assertTrue(contest.name().endsWith("." + pair.name()), contest.name());
        assertTrue(Work.of(contest.name(), shape).flops() > 0, contest.name());
      }
    }
  }

  private static Contest.Paired instance(Class<? extends Contest.Paired> benchmark) {
    try {
      return benchmark.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(benchmark + " cannot be made", e);
    }
  }

  @Test
  void theReportNamesEveryContestAndTheGeometricMean() {
    Result twice = SideBySide.summary(new double[] {1, 1}, new double[] {2, 2});
    Result half = SideBySide.summary(new double[] {2, 2}, new double[] {1, 1});
    Work product = new Work(50e9, 1e9, 0);
    CpuReport report =
        new CpuReport(
            100,
            Map.of(1, 10.0),
            List.of(
                new Row("A.a", "1x2", 1, "libtorch", twice, product, 0.5, 0.1),
                new Row("A.b", "3M", 1, "libtorch", half, new Work(1, 8e9, 14), 0.1, 1)));
    String table = report.markdown();
    assertTrue(table.contains("| A.a | 1x2 | 1 | 1000.000 ± 0 % | libtorch | 2000.000 "), table);
    assertTrue(table.contains("| arithmetic | 50.0 GFLOP/s | 50 % |"), table);
    assertTrue(table.contains("| memory | 7 tokens/s | 50 % |"), table);
    assertTrue(table.contains("| A | libtorch | 1 | 1.00 | 0.50 | 2 |"), table);
    assertEquals(2, report.svg().split("<rect", -1).length - 1);
  }
}
