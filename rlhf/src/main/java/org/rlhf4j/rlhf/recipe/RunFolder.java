package org.rlhf4j.rlhf.recipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.scoring.RewardModelFile;
import org.rlhf4j.rlhf.train.BaseModel;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.checkpoint.Checkpoint;
import org.rlhf4j.transformer.checkpoint.DecoderFile;
import org.rlhf4j.transformer.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * What a run leaves behind. A stage's result appears whole when the stage has finished, and is read
 * back instead of computed where it is already there. A stage depends on nothing but the config and
 * the results before it, so a run that was interrupted and continued ends with the same numbers.
 *
 * @param path the folder
 */
public record RunFolder(Path path) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PAIRS = "preferences.jsonl";

  /**
   * Begins a run.
   *
   * @throws IllegalArgumentException if the folder holds a run already
   */
  Journal begin(DemoConfig config, Tokenizer tokenizer) {
    if (Files.exists(file("config.yaml"))) {
      throw new IllegalArgumentException(path + " holds a run already; name a new folder");
    }
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + path, e);
    }
    BaseModel.writeTokenizer(tokenizer, path);
    write("config.yaml", yaml(config));
    return new Journal(file("metrics.jsonl"));
  }

  /**
   * Continues a run.
   *
   * @throws IllegalArgumentException if the folder holds no run, or one with another config
   */
  Journal resume(DemoConfig config) {
    if (!Files.exists(file("config.yaml"))) {
      throw new IllegalArgumentException(path + " holds no run that could be resumed");
    }
    if (!text("config.yaml").equals(yaml(config))) {
      throw new IllegalArgumentException(
          path + " was begun with another config; resume it with the flags it was begun with");
    }
    return Journal.resume(file("metrics.jsonl"), entry -> isFinished(entry.stage()));
  }

  private boolean isFinished(String stage) {
    return Files.exists(
        stage.equals(PreferenceCollection.NAME) ? file(PAIRS) : file(stage + ".safetensors"));
  }

  /** {@return the decoder that a stage made, now or before an interruption} */
  Decoder decoder(String stage, Workspace workspace, Supplier<Decoder> train) {
    if (isFinished(stage)) {
      return DecoderFile.read(checkpoint(stage), workspace);
    }
    Decoder decoder = train.get();
    Checkpoint.save(checkpoint(stage), decoder, List.of());
    return decoder;
  }

  /** {@return the reward model, likewise} */
  RewardModel rewardModel(String stage, Workspace workspace, Supplier<RewardModel> train) {
    if (isFinished(stage)) {
      return RewardModelFile.read(checkpoint(stage), workspace);
    }
    RewardModel model = train.get();
    RewardModelFile.write(model, checkpoint(stage));
    return model;
  }

  /** {@return the labelled pairs, likewise; a line of JSON each, with the ids of the tokens} */
  List<PreferencePair> pairs(Supplier<List<PreferencePair>> collect) {
    if (isFinished(PreferenceCollection.NAME)) {
      return text(PAIRS).lines().map(RunFolder::pair).toList();
    }
    List<PreferencePair> pairs = collect.get();
    StringBuilder lines = new StringBuilder();
    for (PreferencePair pair : pairs) {
      lines.append(
          "{\"prompt\":%s,\"chosen\":%s,\"chosen_heard\":%s,\"rejected\":%s,\"rejected_heard\":%s}\n"
              .formatted(
                  JSON.writeValueAsString(pair.chosen().prompt()),
                  JSON.writeValueAsString(pair.chosen().completion()),
                  JSON.writeValueAsString(heard(pair.chosen())),
                  JSON.writeValueAsString(pair.rejected().completion()),
                  JSON.writeValueAsString(heard(pair.rejected()))));
    }
    write(PAIRS, lines.toString());
    return pairs;
  }

  private static PreferencePair pair(String line) {
    JsonNode pair = JSON.readTree(line);
    int[] prompt = ids(pair.path("prompt"));
    return new PreferencePair(
        dialogue(prompt, ids(pair.path("chosen")), ids(pair.path("chosen_heard"))),
        dialogue(prompt, ids(pair.path("rejected")), ids(pair.path("rejected_heard"))));
  }

  private static Dialogue dialogue(int[] prompt, int[] completion, int[] heard) {
    Dialogue dialogue = new Dialogue(prompt, completion);
    for (int t : heard) {
      dialogue.learned()[t] = false;
    }
    return dialogue;
  }

  /** {@return where others speak in a completion; mostly nowhere} */
  private static int[] heard(Dialogue dialogue) {
    return IntStream.range(0, dialogue.learned().length)
        .filter(t -> !dialogue.learned()[t])
        .toArray();
  }

  private static int[] ids(JsonNode array) {
    return array.values().stream().mapToInt(JsonNode::intValue).toArray();
  }

  Path file(String name) {
    return path.resolve(name);
  }

  private Path checkpoint(String stage) {
    return file(stage + ".safetensors");
  }

  private String text(String name) {
    return new String(WholeFile.read(file(name)), StandardCharsets.UTF_8);
  }

  private void write(String name, String text) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    WholeFile.write(file(name), channel -> WholeFile.write(channel, bytes));
  }

  private static String yaml(DemoConfig config) {
    return new YAMLMapper().writeValueAsString(config);
  }
}
