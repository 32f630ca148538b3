package org.rlhf4j.rlhf.example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.OnlineConfig;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/** The README's example, word for word, and that it does what is said there. */
class FromJavaTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path SOURCE =
      ROOT.resolve("tests/src/test/java/org/rlhf4j/rlhf/example/FromJavaTest.java");

  @TempDir private Path folder = Path.of("");

  private void example(Path metrics) {
    // begin
    RandomKey key = new RandomKey(1);
    try (Backend backend = Backends.open("simd", 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Template template = Template.plain(new ByteTokenizer());
      Decoder policy =
          new Decoder(
              ParameterScope.root(workspace, key), DecoderConfig.llama(261, 32, 32, 2, 4, 4, 80));
      Reward vowels =
          samples ->
              samples.stream()
                  .mapToDouble(s -> s.text().replaceAll("[^aeiou]", "").length())
                  .toArray();
      Sampler sampler = new Sampler(template, Sampling.at(1), 8, 128, pool);
      new PolicyOptimization(
              PolicyGradient.grpo(0.01), vowels, sampler, OnlineConfig.of(20, 8, 8, 1e-2))
          .train(
              policy,
              policy.copy(workspace),
              List.of("sing", "shout"),
              "grpo",
              new Journal(metrics),
              key);
      sampler.sample(policy, List.of("sing"), key).forEach(s -> System.out.println(s.text()));
    }
    // end
  }

  @Test
  void thePolicyLearnsToSing() throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    example(metrics);
    List<Journal.Entry> entries =
        Journal.resume(metrics, entry -> entry.stage().equals("grpo")).entries();
    double before = entries.getFirst().metrics().get("reward/mean");
    double after = entries.getLast().metrics().get("reward/mean");
    assertTrue(before < 1 && after > 3, before + " vowels before, " + after + " after");
  }

  @Test
  void theReadmeShowsThisVeryCode() throws IOException {
    String source = Files.readString(SOURCE);
    String code =
        source.substring(source.indexOf("    // begin\n") + 13, source.indexOf("\n    // end\n"));
    assertTrue(
        Files.readString(ROOT.resolve("README.md")).contains(code.stripIndent()),
        "the README's Java example must be\n" + code.stripIndent());
  }
}
