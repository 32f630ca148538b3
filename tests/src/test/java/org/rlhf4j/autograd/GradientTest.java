package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.support.ReflectionSupport;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;

/** The contract of every op: its gradient, how it adds, and what memory it leaves behind. */
class GradientTest {
  /**
   * With h = 1e-5 and the inputs of {@link OpCases}, whose third derivatives stay below 1e3,
   * truncation is below h^2 / 6 * 1e3 = 2e-8 and rounding below 1e-16 * 1e2 / h = 1e-9.
   */
  private static final double TOLERANCE = 1e-7;

  @Test
  void everyOpHasACase() {
    Map<String, Long> factories = new TreeMap<>();
    for (Class<?> op :
        ReflectionSupport.findAllClassesInPackage("org.rlhf4j.autograd.op", _ -> true, _ -> true)) {
      long count = Arrays.stream(op.getDeclaredMethods()).filter(GradientTest::makesOp).count();
      if (count > 0) {
        factories.put(op.getSimpleName(), count);
      }
    }
    assertFalse(factories.isEmpty(), "no op was found");
    Map<String, Long> cases =
        OpCases.all().stream()
            .collect(
                Collectors.groupingBy(
                    c -> c.op().getSimpleName(), TreeMap::new, Collectors.counting()));
    factories.forEach((op, count) -> {
      if (cases.getOrDefault(op, 0L) < count) {
        throw new AssertionError(
            op + " has " + count + " factories but OpCases has fewer cases of it");
      }
    });
    assertEquals(factories.keySet(), cases.keySet());
  }

  private static boolean makesOp(Method method) {
    return method.getName().equals("of")
        && Modifier.isPublic(method.getModifiers())
        && Modifier.isStatic(method.getModifiers())
        && method.getReturnType() == Variable.class;
  }

  @Property(tries = 25)
  void everyOpAgreesWithCentralDifferences(
      @ForAll @Size(4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(min = 0, max = 4) int rank,
      @ForAll long seed) {
    forEveryOp(
        dims,
        rank,
        seed,
        (use, scratch) -> {
          GradCheck check = new GradCheck(scratch.backend, 1e-5);
          List<Parameter> inputs = GradCheck.parameters(scratch.workspace, use.inputs());
          GradCheck.Worst worst =
              check.worst(inputs, in -> project(use.function().apply(in), seed));
          assertEquals(0, worst.error(), TOLERANCE, worst.toString());
        });
  }

  @Property(tries = 5)
  void gradientsAddToWhatIsThere(
      @ForAll @Size(4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(min = 0, max = 4) int rank,
      @ForAll long seed) {
    forEveryOp(
        dims,
        rank,
        seed,
        (use, scratch) -> {
          List<Parameter> once = GradCheck.parameters(scratch.workspace, use.inputs());
          List<Parameter> twice = GradCheck.parameters(scratch.workspace, use.inputs());
          backward(use, once, seed, scratch);
          backward(use, twice, seed, scratch);
          backward(use, twice, seed, scratch);
          for (int i = 0; i < once.size(); i++) {
            double[] expected =
                Arrays.stream(once.get(i).gradient().toDoubles()).map(g -> 2 * g).toArray();
            assertArrayEquals(expected, twice.get(i).gradient().toDoubles(), 1e-12, "input " + i);
          }
        });
  }

  @Property(tries = 5)
  void anInputThatNobodyAsksAboutChangesNoOtherGradient(
      @ForAll @Size(4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(min = 0, max = 4) int rank,
      @ForAll long seed) {
    forEveryOp(
        dims,
        rank,
        seed,
        (use, scratch) -> {
          List<Parameter> all = GradCheck.parameters(scratch.workspace, use.inputs());
          backward(use, all, seed, scratch);
          for (int i = 0; i < all.size(); i++) {
            int asked = i;
            Parameter alone = Parameter.of("alone", use.inputs().get(i), scratch.workspace);
            try (Tape tape = Tape.recording(scratch.pool)) {
              List<Variable> inputs = new ArrayList<>();
              for (int j = 0; j < all.size(); j++) {
                inputs.add(j == asked ? tape.use(alone) : tape.constant(use.inputs().get(j)));
              }
              tape.backward(project(use.function().apply(inputs), seed));
            }
            assertArrayEquals(
                all.get(i).gradient().toDoubles(), alone.gradient().toDoubles(), "input " + i);
          }
        });
  }

  @Property(tries = 5)
  void everyGradientIsGivenBackAndTheRestWithTheTape(
      @ForAll @Size(4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(min = 0, max = 4) int rank,
      @ForAll long seed) {
    forEveryOp(
        dims,
        rank,
        seed,
        (use, scratch) -> {
          List<Parameter> inputs = GradCheck.parameters(scratch.workspace, use.inputs());
          int before = scratch.pool.lent();
          try (Tape tape = Tape.recording(scratch.pool)) {
            Variable loss =
                project(use.function().apply(inputs.stream().map(tape::use).toList()), seed);
            int forward = scratch.pool.lent();
            tape.backward(loss);
            assertEquals(forward, scratch.pool.lent(), "buffers on loan after backward");
          }
          assertEquals(before, scratch.pool.lent(), "buffers on loan after the tape");
        });
  }

  /** A batch of no rows is a batch; only a mean over no tokens is refused. */
  @Test
  void everyOpTakesAnEmptyBatch() {
    List<String> failures = failures(List.of(0, 2, 2, 2), 3, 1, GradientTest::runs);
    assertEquals(
        List.of(
            "crossEntropy: java.lang.IllegalArgumentException: every id is ignored;"
                + " cross-entropy needs at least one token to predict"),
        failures);
  }

  @Test
  void everyOpTakesEmptyRows() {
    for (int zero = 1; zero < 4; zero++) {
      List<Integer> dims = new ArrayList<>(List.of(2, 2, 2, 2));
      dims.set(zero, 0);
      assertEquals(List.of(), failures(dims, 1, 1, GradientTest::runs), "dims " + dims);
    }
  }

  private static void runs(OpCase.Use use, Scratch scratch) {
    List<Parameter> inputs = GradCheck.parameters(scratch.workspace, use.inputs());
    backward(use, inputs, 1, scratch);
    for (Parameter input : inputs) {
      for (double gradient : input.gradient().toDoubles()) {
        assertTrue(Double.isFinite(gradient), "gradient " + gradient);
      }
    }
  }

  private static void backward(OpCase.Use use, List<Parameter> inputs, long seed, Scratch scratch) {
    try (Tape tape = Tape.recording(scratch.pool)) {
      Function<List<Variable>, Variable> function = use.function();
      tape.backward(project(function.apply(inputs.stream().map(tape::use).toList()), seed));
    }
  }

  /** The sum of the result times fixed random weights, so that no two coordinates look alike. */
  private static Variable project(Variable y, long seed) {
    Shape shape = y.shape();
    double[] weights =
        new RandomKey(seed).child("weights").generator().doubles(shape.size(), -1, 1).toArray();
    return y.mul(y.tape().constant(shape, weights)).sum();
  }

  private interface Examination {
    void examine(OpCase.Use use, Scratch scratch);
  }

  private static void forEveryOp(List<Integer> dims, int rank, long seed, Examination examination) {
    assertEquals(List.of(), failures(dims, rank, seed, examination));
  }

  /** Examines every op; one line for each that fails. */
  private static List<String> failures(
      List<Integer> dims, int rank, long seed, Examination examination) {
    int[] lengths = dims.stream().mapToInt(Integer::intValue).toArray();
    List<String> failures = new ArrayList<>();
    for (OpCase opCase : OpCases.all()) {
      try (Scratch scratch = new Scratch()) {
        Draw draw = new Draw(scratch.workspace, lengths, rank, seed);
        examination.examine(opCase.draw().apply(draw), scratch);
      } catch (RuntimeException | AssertionError failure) {
        failures.add(opCase + ": " + failure);
      }
    }
    return failures;
  }
}
