package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.RandomKey;

/** The whole run, tiny. */
class DemoTest {
  private static final DemoConfig CONFIG = TinyRun.config();
  private static final Demo DEMO = Demo.pretrained(CONFIG, Tasks.stories(CONFIG, new RandomKey(1)));

  @TempDir private static Path folder = Path.of("");
  private static Path whole = Path.of("");
  private static List<PolicyScore> scores = List.of();

  @BeforeAll
  static void run() {
    whole = folder.resolve("whole");
    try (Backend backend = Backends.open("simd", 2)) {
      scores = DEMO.run(backend, new RunFolder(whole)).scores();
    }
  }

  private static void same(Path a, Path b) throws IOException {
    try (Stream<Path> files = Files.list(a)) {
      List<Path> names = files.map(Path::getFileName).sorted().toList();
      assertEquals(10, names.size(), names.toString());
      for (Path name : names) {
        assertArrayEquals(
            Files.readAllBytes(a.resolve(name)),
            Files.readAllBytes(b.resolve(name)),
            name.toString());
      }
    }
  }

  @Test
  void leavesReportMetricsConfigPairsTokenizerAndCheckpoints() {
    for (String name :
        List.of(
            "report.html",
            "metrics.jsonl",
            "config.yaml",
            "tokenizer.txt",
            "preferences.jsonl",
            "base.safetensors",
            "sft.safetensors",
            "reward.safetensors",
            "ppo.safetensors",
            "dpo.safetensors")) {
      assertTrue(Files.exists(whole.resolve(name)), name);
    }
  }

  @Test
  void everyStageKeepsAJournal() throws IOException {
    String journal = Files.readString(whole.resolve("metrics.jsonl"));
    for (String stage : List.of("base", "sft", "preferences", "reward", "ppo", "dpo", "evaluate")) {
      assertTrue(journal.contains("\"stage\":\"" + stage + "\""), stage);
    }
  }

  @Test
  void everyPolicyIsScoredAgainstTheTunedOne() {
    assertEquals(
        List.of("base", "sft", "ppo", "dpo"), scores.stream().map(PolicyScore::name).toList());
    assertEquals(0, scores.get(1).kl(), 1e-9);
    for (int other : new int[] {0, 2, 3}) {
      assertTrue(Math.abs(scores.get(other).kl()) > 1e-4, scores.get(other).toString());
    }
  }

  @Test
  void oneThreadGivesTheSameBitsAsTwo() throws IOException {
    Path alone = folder.resolve("alone");
    try (Backend backend = Backends.open("simd", 1)) {
      DEMO.run(backend, new RunFolder(alone));
    }
    same(whole, alone);
  }

  /** The crash: PPO was under way, and half a line of its journal was written. */
  @Test
  void aRunThatWasInterruptedEndsWithTheSameNumbers() throws IOException {
    Path crashed = Files.createDirectory(folder.resolve("crashed"));
    for (String name :
        List.of(
            "config.yaml",
            "tokenizer.txt",
            "preferences.jsonl",
            "base.safetensors",
            "sft.safetensors",
            "reward.safetensors")) {
      Files.copy(whole.resolve(name), crashed.resolve(name));
    }
    List<String> lines = Files.readAllLines(whole.resolve("metrics.jsonl"));
    int ppo =
        lines.indexOf(lines.stream().filter(l -> l.contains("\"ppo\"")).findFirst().orElseThrow());
    Path journal = Files.write(crashed.resolve("metrics.jsonl"), lines.subList(0, ppo + 1));
    Files.writeString(journal, lines.get(ppo + 1).substring(0, 30), StandardOpenOption.APPEND);

    try (Backend backend = Backends.open("simd", 2)) {
      DEMO.resume(backend, new RunFolder(crashed));
    }
    same(whole, crashed);
  }

  @Test
  void foldersOfOtherRunsAreRefused() throws IOException {
    try (Backend backend = Backends.open("simd", 1)) {
      byte[] before = Files.readAllBytes(whole.resolve("metrics.jsonl"));
      assertThrows(IllegalArgumentException.class, () -> DEMO.run(backend, new RunFolder(whole)));
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new Demo(CONFIG.withData("another"), DEMO.task(), DEMO.base())
                  .resume(backend, new RunFolder(whole)));
      assertThrows(
          IllegalArgumentException.class,
          () -> DEMO.resume(backend, new RunFolder(folder.resolve("nothing"))));
      assertArrayEquals(before, Files.readAllBytes(whole.resolve("metrics.jsonl")));
    }
  }

  @Test
  void aTaskLongerThanTheContextIsRefusedBeforeWorkStarts() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> DEMO.task().requireFits(40));
    assertTrue(refused.getMessage().contains("context of 40"), refused.getMessage());
  }
}
