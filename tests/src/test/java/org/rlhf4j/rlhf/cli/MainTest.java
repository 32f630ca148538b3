package org.rlhf4j.rlhf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.checkpoint.Checkpoint;
import org.rlhf4j.transformer.checkpoint.DecoderFile;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;
import picocli.CommandLine;

class MainTest {
  private static final WordTokenizer WORDS = WordTokenizer.of(List.of("a red fox sang"));

  @TempDir private Path folder = Path.of("");

  private record Result(int code, String out, String err) {}

  private static Result execute(String... arguments) {
    StringWriter err = new StringWriter();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream standardOut = System.out;
    PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8);
    System.setOut(captured);
    CommandLine commandLine =
        Main.commandLine()
            .setErr(new PrintWriter(err, true))
            .setOut(new PrintWriter(captured, true, StandardCharsets.UTF_8));
    try {
      int code = commandLine.execute(arguments);
      return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(standardOut);
    }
  }

  /** One line, exit code 2, and the word that matters in the line. */
  private static void assertRefused(String word, String... arguments) {
    Result result = execute(arguments);
    String shown = Arrays.toString(arguments) + " said: " + result;
    assertEquals(2, result.code(), shown);
    assertEquals(1, result.err().lines().count(), shown);
    assertTrue(result.err().contains(word), shown);
    assertEquals("", result.out(), shown);
  }

  private Path text(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private Path model() throws Exception {
    Path file = folder.resolve("model.safetensors");
    Tiny.on(
        "reference",
        (pool, workspace) ->
            Checkpoint.save(
                file,
                new Decoder(
                    ParameterScope.root(workspace, new RandomKey(1)),
                    DecoderConfig.llama(WORDS.vocabularySize(), 64, 16, 1, 2, 2, 16)),
                List.of()));
    return file;
  }

  private Path tokenizer() {
    Path file = folder.resolve("tokenizer.txt");
    WORDS.write(file);
    return file;
  }

  private static String[] generate(Path model, Path tokenizer, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "generate",
                "--model=" + model,
                "--tokenizer=" + tokenizer,
                "--prompt=a red",
                "--max-new-tokens=5",
                "--device=reference"));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void wrongFlagsAreRefused() {
    assertRefused("--sed", "demo", "--sed", "3");
    assertRefused("nosuch", "nosuch");
    assertRefused("threads", "demo", "--threads", "0");
    assertRefused("available are", "demo", "--device", "abacus");
    assertRefused("there is no model model.bin", "demo", "--base", "model.bin");
    assertRefused("--base", "demo", "--tokenizer", "tokenizer.bin");
    assertRefused("--base", "sft", "--data", "data.jsonl");
    assertRefused("--corpus", "demo", "--base", "model.bin", "--corpus", "text");
    assertRefused("--resume", "demo", "--out", "a", "--resume", "b");
  }

  @Test
  void corporaThatCannotServeAreRefusedAndNothingIsWritten() throws IOException {
    Path out = folder.resolve("out");
    for (Path corpus :
        List.of(text("empty", ""), text("short", "too short"), folder.resolve("absent"))) {
      assertRefused(corpus.getFileName().toString(), "demo", "--corpus=" + corpus, "--out=" + out);
    }
    assertTrue(Files.notExists(out));
  }

  @Test
  void aRunIsNotWrittenOver() throws IOException {
    text("config.yaml", "seed: 1");
    assertRefused("exists already", "demo", "--quick", "--out=" + folder);
    assertEquals("seed: 1", Files.readString(folder.resolve("config.yaml")));
  }

  @Test
  void modelsThatAreTruncatedOrOfAnotherShapeAreRefused() throws Exception {
    byte[] whole = Files.readAllBytes(model());
    Path half = folder.resolve("half.safetensors");
    Files.write(half, Arrays.copyOf(whole, whole.length / 2));
    assertRefused("half.safetensors", generate(half, tokenizer()));
    assertRefused("noise.bin", generate(text("noise.bin", "x".repeat(100)), tokenizer()));
    Path other = folder.resolve("other.txt");
    WordTokenizer.of(List.of("one")).write(other);
    assertRefused("do not belong together", generate(model(), other));
    assertRefused(
        "half.safetensors",
        "demo",
        "--base=" + half,
        "--tokenizer=" + tokenizer(),
        "--out=" + folder.resolve("out"));
    assertTrue(Files.notExists(folder.resolve("out")));
  }

  @Test
  void samplingThatMakesNoSenseIsRefused() throws Exception {
    assertRefused("temperature", generate(model(), tokenizer(), "--temperature=-1"));
    assertRefused("topP", generate(model(), tokenizer(), "--top-p=2"));
    assertRefused("maxNewTokens", generate(model(), tokenizer(), "--max-new-tokens=0"));
  }

  @Test
  void generatePrintsThePromptAndItsContinuation() throws Exception {
    String[] arguments = generate(model(), tokenizer(), "--seed=3");
    Result result = execute(arguments);
    assertEquals(0, result.code(), result.err());
    assertTrue(
        result.out().matches("a red( (a|red|fox|sang|<\\|unknown\\|>)){1,5}\\R"), result.out());
    assertEquals(result.out(), execute(arguments).out());
  }

  @Test
  void runWritesWhatARecipeShowed() throws Exception {
    Path out = folder.resolve("run");
    Result result =
        execute(
            "run",
            "arithmetic-ppo",
            "--quick",
            "--seeds=2",
            "--set=model.width=16",
            "--out=" + out);
    assertEquals(0, result.code(), result.err());
    String page = Files.readString(out.resolve("results.md"));
    assertTrue(result.out().contains(page));
    assertTrue(page.contains("| arithmetic-ppo | PPO | "), page);
    assertTrue(
        page.contains("./rlhf4j run arithmetic-ppo --quick --set model.width=16 --seeds 2"), page);
    assertTrue(Files.exists(out.resolve("arithmetic-ppo-1.jsonl")));
    assertTrue(Files.exists(out.resolve("arithmetic-ppo-2.jsonl")));
    String report = Files.readString(out.resolve("arithmetic-ppo.html"));
    assertTrue(report.contains("./rlhf4j run arithmetic-ppo --quick") && report.contains("<svg"));
    assertTrue(report.contains("prefers-color-scheme: dark"));
    assertRefused("exists already", "run", "arithmetic-ppo", "--quick", "--out=" + out);
  }

  /**
   * The second seed was cut off in the middle: it alone runs again, and the numbers are the same.
   */
  @Test
  void aRunGoesOnWhereItWasInterrupted() throws Exception {
    Path out = folder.resolve("run");
    List<String> arguments =
        List.of("run", "arithmetic-ppo", "--quick", "--seeds=2", "--set=model.width=16");
    execute(with(arguments, "--out=" + out));
    String seconds = "\"seconds\":[^,]*";
    Path first = out.resolve("arithmetic-ppo-1.json");
    Path second = out.resolve("arithmetic-ppo-2.json");
    String untouched = Files.readString(first);
    String whole = Files.readString(second).replaceAll(seconds, "");
    String steps = Files.readString(out.resolve("arithmetic-ppo-2.jsonl"));
    Files.delete(second);
    Files.writeString(out.resolve("arithmetic-ppo-2.jsonl"), steps.substring(0, 500));
    Result result = execute(with(arguments, "--resume=" + out));
    assertEquals(0, result.code(), result.err());
    assertEquals(untouched, Files.readString(first));
    assertEquals(whole, Files.readString(second).replaceAll(seconds, ""));
    assertEquals(steps, Files.readString(out.resolve("arithmetic-ppo-2.jsonl")));
    assertRefused("other values", "run", "arithmetic-ppo", "--quick", "--resume=" + out);
  }

  private static String[] with(List<String> arguments, String more) {
    List<String> all = new ArrayList<>(arguments);
    all.add(more);
    return all.toArray(String[]::new);
  }

  @Test
  void aBaseModelThatIsNotThereIsRefused() {
    assertRefused("name a model with --base", "run", "stories260k", "--base=nosuch.bin");
    assertRefused("'base.model'", "run", "reversal-grpo", "--base=nosuch.bin");
    assertRefused("nosuch.bin", "chat", "--base=nosuch.bin");
  }

  @Test
  void singleStagesFollowOneAnother() throws Exception {
    Path base = model();
    tokenizer();
    Path data =
        text(
            "pairs.jsonl",
            """
            {"prompt": "a", "completion": "fox", "chosen": "red fox", "rejected": "sang"}
            {"prompt": "red", "completion": "fox", "chosen": "fox", "rejected": "a", "margin": 2}
            """);
    assertDone("sft", base, data, "--batch-size=2", "--pack=30");
    Path tuned = folder.resolve("sft").resolve("model.safetensors");
    assertDone("reward", tuned, data, "--batch-size=2");
    Path reward = folder.resolve("reward").resolve("reward.safetensors");
    assertDone("dpo", tuned, data, "--loss=Ipo");
    assertDone(
        "ppo",
        folder.resolve("dpo").resolve("model.safetensors"),
        data,
        "--reward=" + reward,
        "--algorithm=GRPO",
        "--reference-every=1",
        "--iterations=1",
        "--prompts=2",
        "--group-size=2",
        "--max-new-tokens=4");
    Path policy = folder.resolve("ppo").resolve("model.safetensors");
    Result result =
        execute(
            "evaluate",
            "--base=" + policy,
            "--reference=" + policy,
            "--data=" + data,
            "--max-new-tokens=4",
            "--device=reference");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("kl/per_token             0.0000"), result.out());
  }

  /**
   * Two answers in a conversation: one dialogue that learns both, or the last, or two dialogues.
   */
  @Test
  void conversationsAreLearnedAsAsked() throws Exception {
    Path base = model();
    tokenizer();
    Path data =
        text(
            "talks.jsonl",
            """
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "fox"},
              {"role": "user", "content": "red"}, {"role": "assistant", "content": "sang"}]}
            """
                .replace("\n", ""));
    for (String answers : List.of("ALL", "LAST", "EACH")) {
      assertDone(
          "sft", base, data, "--conversations=" + answers, "--template=CHAT", "--batch-size=1");
      Path steps = folder.resolve("sft").resolve("metrics.jsonl");
      assertEquals(answers.equals("EACH") ? 2 : 1, Files.readAllLines(steps).size());
      Files.move(folder.resolve("sft"), folder.resolve(answers));
    }
    assertRefused(
        "--template CHAT", "sft", "--base=" + base, "--data=" + data, "--conversations=ALL");
    assertRefused("'prompt' is missing", "sft", "--base=" + base, "--data=" + data);
  }

  /** What is written has no adapters, but what they learned; the tokens keep their embeddings. */
  @Test
  void adaptersAreMergedIntoTheModelThatIsWritten() throws Exception {
    Path base = model();
    tokenizer();
    Path data =
        text(
            "pairs.jsonl",
            "{\"prompt\": \"a\", \"completion\": \"fox\", \"chosen\": \"red\", \"rejected\": \"sang\"}");
    assertDone("sft", base, data, "--lora-rank=2", "--epochs=3");
    Path tuned = folder.resolve("sft").resolve("model.safetensors");
    assertDone("reward", tuned, data, "--lora-rank=2");
    assertDone("dpo", tuned, data, "--lora-rank=2", "--epochs=3");
    assertDone(
        "ppo",
        tuned,
        data,
        "--reward=" + folder.resolve("reward").resolve("reward.safetensors"),
        "--lora-rank=2",
        "--iterations=2",
        "--prompts=2",
        "--group-size=2",
        "--max-new-tokens=4");
    Map<String, double[]> before = weights(base);
    for (String stage : List.of("sft", "dpo", "ppo")) {
      Path from = stage.equals("sft") ? base : tuned;
      Map<String, double[]> learned = weights(folder.resolve(stage).resolve("model.safetensors"));
      assertEquals(before.keySet(), learned.keySet());
      weights(from)
          .forEach((name, values) ->
              assertEquals(
                  !name.toLowerCase(Locale.ROOT).contains("norm") && !name.contains("embedding"),
                  !Arrays.equals(values, learned.get(name)),
                  stage + " " + name));
    }
    assertRefused("--lora-rank", "sft", "--base=" + base, "--data=" + data, "--lora-rank=-1");
  }

  private static Map<String, double[]> weights(Path model) throws Exception {
    Map<String, double[]> weights = new TreeMap<>();
    Tiny.on(
        "reference",
        (_, workspace) ->
            DecoderFile.read(model, workspace)
                .parameters()
                .forEach(p -> weights.put(p.name(), p.value().toDoubles())));
    return weights;
  }

  /** A stage that ended has nothing to resume; until then it is measured every second step. */
  @Test
  void aStageMeasuresItselfAndIsDoneWhenItEnds() throws Exception {
    Path base = model();
    tokenizer();
    Path data =
        text(
            "examples.jsonl",
            """
            {"prompt": "a", "completion": "fox"}
            {"prompt": "red", "completion": "fox sang"}
            """);
    String[] flags = {
      "--epochs=3", "--batch-size=1", "--save-every=4", "--eval-data=" + data, "--eval-every=2"
    };
    assertDone("sft", base, data, flags);
    Path whole = folder.resolve("sft");
    assertTrue(Files.notExists(whole.resolve("state.safetensors")));
    String steps = Files.readString(whole.resolve("metrics.jsonl"));
    assertEquals(3, steps.split("eval/nll", -1).length - 1);
    List<String> again =
        new ArrayList<>(List.of("sft", "--base=" + base, "--data=" + data, "--device=reference"));
    again.addAll(List.of(flags));
    assertRefused("holds no stage", with(again, "--resume=" + whole));
    again.removeLast();
    assertRefused("holds no stage", with(again, "--resume=" + whole));
  }

  private void assertDone(String stage, Path base, Path data, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                stage,
                "--base=" + base,
                "--data=" + data,
                "--out=" + folder.resolve(stage),
                "--device=reference"));
    arguments.addAll(List.of(more));
    Result result = execute(arguments.toArray(String[]::new));
    assertEquals(0, result.code(), result.err());
    assertTrue(Files.exists(folder.resolve(stage).resolve("metrics.jsonl")));
  }

  @Test
  void stagesRefuseWhatTheyCannotDoBeforeTheyBegin() throws Exception {
    Path data = text("bad.jsonl", "{\"prompt\": \"a\"}\n");
    String base = "--base=" + model();
    tokenizer();
    String out = "--out=" + folder.resolve("out");
    assertRefused("bad.jsonl, line 1: 'chosen' is missing", "dpo", base, "--data=" + data, out);
    assertRefused("'completion' is missing", "sft", base, "--data=" + data, out);
    Path good = text("good.jsonl", "{\"prompt\": \"a\", \"chosen\": \"a\", \"rejected\": \"fox\"}");
    assertRefused("did you mean 'Dpo'?", "dpo", base, "--data=" + good, out, "--loss=Dop");
    assertRefused(
        "no reference that moves",
        "ppo",
        base,
        "--data=" + good,
        out,
        "--reference-every=2",
        "--save-every=2",
        "--max-new-tokens=4");
    assertRefused("did you mean 'GRPO'?", "ppo", base, "--data=" + good, out, "--algorithm=GPRO");
    assertRefused("neither mood nor a file", "ppo", base, "--data=" + good, out, "--reward=joy");
    assertRefused(
        "model's context of 64", "ppo", base, "--data=" + good, out, "--max-new-tokens=99");
    assertTrue(Files.notExists(folder.resolve("out")));
  }

  @Test
  void aRecipeIsReadBeforeWorkStarts() {
    Path out = folder.resolve("run");
    assertRefused("'reversal-grpo'", "run", "reversal-gpro", "--out=" + out);
    assertRefused(
        "'policy.iterations'", "run", "reversal-grpo", "--set=policy.itrations=3", "--out=" + out);
    assertRefused("--seeds", "run", "reversal-grpo", "--seeds=0", "--out=" + out);
    assertTrue(Files.notExists(out));
  }

  @Test
  void runWithoutARecipeListsThem() {
    Result result = execute("run");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("reversal-grpo") && result.out().contains("Dr. GRPO on"));
  }

  @Test
  void helpNamesEveryFlag() {
    Result result = execute("demo", "--help");
    assertEquals(0, result.code());
    for (String flag :
        List.of("--seed", "--threads", "--quick", "--out", "--device", "--corpus", "--base")) {
      assertTrue(result.out().contains(flag), flag);
    }
  }
}
