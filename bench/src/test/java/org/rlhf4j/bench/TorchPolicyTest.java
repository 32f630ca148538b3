package org.rlhf4j.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.online.Sample;

/**
 * The peer of a step of policy optimisation does the same arithmetic. It is shown our completions
 * and has their log-probabilities, then our losses, gradients and distance from the reference.
 */
class TorchPolicyTest {
  @TempDir Path folder;

  @Test
  void ppoHasOurFigures() {
    compare(PolicyStep.ppo().small(), "policy_loss", "value/loss", "grad_norm", "kl");
  }

  @Test
  void grpoHasOurFigures() {
    compare(PolicyStep.grpo().small(), "policy_loss", "kl_loss", "grad_norm", "kl");
  }

  private void compare(PolicyStep step, String... names) {
    try (Peers peers = new Peers(1)) {
      PolicyBenchmark.Sides sides = new PolicyBenchmark.Sides(peers, step);
      List<Sample> seen = new ArrayList<>();
      Map<String, Double> ours =
          sides.run(
              samples -> {
                seen.addAll(samples);
                return sides.reward.of(samples);
              },
              folder.resolve("journal"));
      assertEquals(step.samples(), seen.size());
      TorchPolicy.Samples replayed = replay(sides.torch, step, seen);
      for (int i = 0; i < seen.size(); i++) {
        assertArrayEquals(seen.get(i).logprobs(), replayed.logprobs()[i], 1e-5, "sample " + i);
      }
      Map<String, Double> theirs = sides.torch.learn(replayed, PolicyBenchmark.KEY.child(0));
      for (String name : names) {
        double expected = Objects.requireNonNull(ours.get(name), name);
        double found = Objects.requireNonNull(theirs.get(name), name);
        assertTrue(Math.abs(expected) > 1e-6, name + " says nothing: " + expected);
        assertEquals(expected, found, 1e-5 + 1e-3 * Math.abs(expected), name);
      }
    }
  }

  /**
   * Lets libtorch decode our completions through its cache. Tokens are made in their shape: a view
   * outlives the Java buffer that holds the numbers of what it views.
   */
  private static TorchPolicy.Samples replay(
      TorchPolicy torch, PolicyStep step, List<Sample> samples) {
    long[][] tokens =
        samples.stream()
            .map(Sample::dialogue)
            .map(d ->
                IntStream.concat(Arrays.stream(d.prompt()), Arrays.stream(d.completion()))
                    .asLongStream()
                    .toArray())
            .toArray(long[][]::new);
    long[][] prompts =
        Arrays.stream(tokens)
            .map(row -> Arrays.copyOf(row, step.promptLength()))
            .toArray(long[][]::new);
    return torch.sample(
        prompts,
        (logprobs, column) ->
            logprobs
                .getManager()
                .create(
                    Arrays.stream(tokens).mapToLong(row -> row[column]).toArray(),
                    new Shape(tokens.length, 1)));
  }
}
