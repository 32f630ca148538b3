package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.rlhf4j.cuda.comparison.KernelCase;
import org.rlhf4j.cuda.comparison.KernelCases;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.ptx.Approximation;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.ReferenceBackend;

/**
 * Changes every instruction of every kernel and asks the suite to notice. A sample in each build;
 * all with {@code -Drlhf4j.long=true}.
 */
class MutantTest {
  private static final int SAMPLE = 59;

  /** A kernel's case with the reference's answer. */
  private record Check(KernelCase kernel, double[] expected, long traffic) {}

  private static final Map<String, List<Check>> CHECKS = new HashMap<>();

  @BeforeAll
  static void findWhichCaseRunsWhichFile() {
    for (KernelCase kernel : KernelCases.all()) {
      Set<String> files = new TreeSet<>();
      long[] traffic = new long[1];
      try (Backend backend = backend("", "", files, traffic, Options.checked())) {
        KernelCase.on(backend, kernel.body());
      }
      double[] expected = KernelCase.on(new ReferenceBackend(), kernel.body());
      Check check = new Check(kernel, expected, traffic[0]);
      files.forEach(file -> CHECKS.computeIfAbsent(file, f -> new ArrayList<>()).add(check));
    }
    assertEquals(Set.copyOf(KernelFiles.ALL), CHECKS.keySet());
  }

  @Test
  void aSampleIsNoticed() {
    List<Mutant> all = KernelFiles.ALL.stream().flatMap(f -> Mutant.of(f).stream()).toList();
    assertTrue(all.size() > 3000, "found only " + all.size() + " mutants");
    List<Mutant> sample = new ArrayList<>();
    for (int i = 0; i < all.size(); i += SAMPLE) {
      sample.add(all.get(i));
    }
    assertEquals(List.of(), survivors(sample));
    assertEquals(List.of(), listedInVain(sample));
  }

  @Test
  @EnabledIfSystemProperty(named = "rlhf4j.long", matches = "true")
  void allAreNoticed() {
    assertEquals(
        List.of(),
        KernelFiles.ALL.stream().flatMap(file -> survivors(Mutant.of(file)).stream()).toList());
  }

  /** Those that no case notices and that are not listed as equivalent. */
  static List<String> survivors(List<Mutant> mutants) {
    return mutants.stream()
        .filter(mutant -> !EquivalentMutants.contains(mutant))
        .filter(mutant -> !isNoticed(mutant))
        .map(Mutant::toString)
        .toList();
  }

  /**
   * Those that are listed as equivalent, which is to be said of nothing that makes a difference.
   */
  private static List<String> listedInVain(List<Mutant> mutants) {
    return mutants.stream()
        .filter(EquivalentMutants::contains)
        .filter(MutantTest::isNoticed)
        .map(Mutant::toString)
        .toList();
  }

  private static boolean isNoticed(Mutant mutant) {
    return isNoticed(mutant, Options.checked())
        || isNoticed(mutant, Options.checked().with(Approximation.MOVED));
  }

  private static boolean isNoticed(Mutant mutant, Options options) {
    for (Check check : CHECKS.get(mutant.file())) {
      long[] traffic = new long[1];
      try (Backend backend =
          backend(mutant.file(), mutant.text(), new TreeSet<>(), traffic, options)) {
        double[] actual = KernelCase.on(backend, check.kernel().body());
        boolean differs = check.kernel().difference(check.expected(), actual).isPresent();
        if (differs || traffic[0] != check.traffic()) {
          return true;
        }
      } catch (RuntimeException e) {
        return true;
      }
    }
    return false;
  }

  /**
   * A backend on the emulator in which one file has another text; notes which files it launches,
   * and the bytes that they ask memory for.
   */
  private static Backend backend(
      String file, String text, Set<String> launched, long[] traffic, Options options) {
    EmulatedDriver emulator =
        new EmulatedDriver(
            options.withBudget(3_000_000),
            report -> traffic[0] += report.globalReadBytes() + report.globalWriteBytes());
    return new CudaBackend("mutant", ChangedKernel.on(emulator, file, text, launched));
  }
}
