package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.scoring.RewardModelFile;
import org.rlhf4j.rlhf.train.BaseModel;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.checkpoint.Checkpoint;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every single stage is told: the model it starts from, and where and how it runs. */
final class StageOptions {
  /** The form of prompt and answer. */
  enum Form {
    CONTINUATION,
    PLAIN,
    CHAT
  }

  @ArgGroup(exclusive = false, multiplicity = "1")
  private ModelOptions model = new ModelOptions();

  @Mixin private MachineOptions machine = new MachineOptions();

  @Option(
      names = "--template",
      description =
          "How prompt and answer are joined: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE}, the answer follows at once).")
  private Form form = Form.CONTINUATION;

  @Option(names = "--seed", description = "Root of all randomness (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  /** A model that was opened, and what goes with it. */
  record Opened(Decoder decoder, Template template, Workspace workspace, RandomKey key) {
    Pool pool() {
      return workspace.pool();
    }

    /**
     * {@return the dialogues, none of which is too long for the model}
     *
     * @throws IllegalArgumentException if one is
     */
    List<Dialogue> requireFit(List<Dialogue> dialogues) {
      int context = decoder.config().contextLength();
      for (int i = 0; i < dialogues.size(); i++) {
        if (dialogues.get(i).length() > context) {
          throw new IllegalArgumentException(
              "text %d has %d tokens, the model's context %d; shorten it"
                  .formatted(i + 1, dialogues.get(i).length(), context));
        }
      }
      return dialogues;
    }

    /**
     * Refuses prompts that leave no room for an answer.
     *
     * @throws IllegalArgumentException if one and its answer may exceed the context
     */
    void requireRoom(List<String> prompts, int maxNewTokens) {
      int longest = prompts.stream().mapToInt(p -> template.prompt(p).length).max().orElse(0);
      if (longest + maxNewTokens > decoder.config().contextLength()) {
        throw new IllegalArgumentException(
            "prompts of up to %d tokens and --max-new-tokens %d do not fit the model's context of %d"
                .formatted(longest, maxNewTokens, decoder.config().contextLength()));
      }
    }

    /** {@return the same with another decoder} */
    Opened with(Decoder other) {
      return new Opened(other, template, workspace, key);
    }

    /** Writes a trained policy and its tokenizer to where {@code --base} finds both. */
    void save(Path folder) {
      Checkpoint.save(folder.resolve("model.safetensors"), whole(decoder), List.of());
      saveTokenizer(folder);
    }

    /** Writes a reward model to where {@code --reward} finds it. */
    void save(RewardModel model, Path folder) {
      RewardModelFile.write(
          new RewardModel(whole(model.decoder()), model.head()),
          folder.resolve("reward.safetensors"));
      saveTokenizer(folder);
    }

    /** {@return the decoder with its adapters in it, where it has any} */
    private Decoder whole(Decoder learned) {
      return learned.isAdapted() ? learned.merged(workspace) : learned;
    }

    private void saveTokenizer(Path folder) {
      BaseModel.writeTokenizer(template.tokenizer(), folder);
      System.out.println("Written to " + folder.toAbsolutePath());
    }
  }

  /** Opens the model, and closes everything after the stage. */
  int run(Consumer<Opened> stage) {
    BaseModel base = model.read();
    Template template =
        switch (form) {
          case CONTINUATION -> Template.continuation(base.tokenizer());
          case PLAIN -> Template.plain(base.tokenizer());
          case CHAT -> new ChatTemplate(base.tokenizer());
        };
    try (Backend backend = machine.open();
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      stage.accept(new Opened(base.open(workspace), template, workspace, new RandomKey(seed)));
    }
    return 0;
  }
}
