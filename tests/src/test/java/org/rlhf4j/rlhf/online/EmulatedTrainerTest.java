package org.rlhf4j.rlhf.online;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.distill.DistillationObjective;
import org.rlhf4j.rlhf.distill.Divergence;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation;
import org.rlhf4j.rlhf.select.ExpertIteration;
import org.rlhf4j.rlhf.select.Selection;
import org.rlhf4j.rlhf.train.DeviceStep;
import org.rlhf4j.rlhf.train.DeviceStep.Training;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;

/** Trainers on emulated CUDA, the sampling of what they learn from included. */
class EmulatedTrainerTest {
  private static final RandomKey KEY = new RandomKey(12);
  private static final Reward REWARD =
      samples -> samples.stream().mapToDouble(s -> s.dialogue().completion()[0]).toArray();

  @TempDir private Path folder;

  /** {@return the one step of a trainer that keeps a journal} */
  private Training training(Decoder policy, BiConsumer<Decoder, Journal> train) {
    Journal journal = new Journal(folder.resolve("metrics.jsonl"));
    return new Training(
        policy.parameters(),
        () -> {
          train.accept(policy, journal);
          return journal.entries().getLast().metrics();
        });
  }

  /** {@return a decoder of another form than the policy} */
  private static Decoder teacher(Workspace workspace) {
    return Tiny.decoder(
        DecoderConfig.llama(TinyPolicy.WORDS.vocabularySize(), 16, 12, 1, 2, 2, 16), workspace);
  }

  private static Sampler sampler(Pool pool) {
    return TinyPolicy.sampler(1, 2, 4, pool);
  }

  @Test
  void onlinePreferences() throws Exception {
    DeviceStep.assertAgrees((pool, workspace) -> {
      Decoder reference = teacher(workspace);
      return training(
          TinyPolicy.decoder(workspace),
          (policy, journal) ->
              new OnlinePreferenceOptimization(
                      new Dpo(0.1),
                      Labeller.of(REWARD),
                      sampler(pool),
                      OnlinePreferenceConfig.of(1, 6, DeviceStep.LEARNING_RATE))
                  .train(policy, reference, TinyPolicy.PROMPTS, "online", journal, KEY));
    });
  }

  @ParameterizedTest
  @EnumSource
  void distillation(KnowledgeDistillation.Author author) throws Exception {
    DeviceStep.assertAgrees((pool, workspace) -> {
      Decoder teacher = teacher(workspace);
      return training(
          TinyPolicy.decoder(workspace),
          (student, journal) ->
              new KnowledgeDistillation(
                      Divergence.REVERSE, author, sampler(pool), 1, 6, DeviceStep.LEARNING_RATE)
                  .train(student, teacher, TinyPolicy.PROMPTS, "distil", journal, KEY));
    });
  }

  @Test
  void expertIteration() throws Exception {
    DeviceStep.assertAgrees((pool, workspace) ->
        training(
            TinyPolicy.decoder(workspace),
            (policy, journal) ->
                new ExpertIteration(
                        sampler(pool),
                        REWARD,
                        3,
                        Double.NEGATIVE_INFINITY,
                        Selection.TOP_PER_PROMPT,
                        new FineTuning(1, 4, DeviceStep.LEARNING_RATE))
                    .round(policy, TinyPolicy.PROMPTS, "round", journal, KEY)));
  }

  @Test
  void imitationWaitsOnce() throws Exception {
    DeviceStep.assertAgreesAndWaitsOnce((_, workspace) -> {
      Decoder policy = TinyPolicy.decoder(workspace);
      return Training.of(
          policy.parameters(), List.of(batch(), batch()), new Imitation(policy), workspace);
    });
  }

  @ParameterizedTest
  @EnumSource
  void distillationWaitsOnce(Divergence divergence) throws Exception {
    DeviceStep.assertAgreesAndWaitsOnce((_, workspace) -> {
      Decoder student = TinyPolicy.decoder(workspace);
      return Training.of(
          student.parameters(),
          List.of(batch()),
          new DistillationObjective(student, teacher(workspace), divergence),
          workspace);
    });
  }

  private static DialogueBatch batch() {
    Template template = Template.plain(TinyPolicy.WORDS);
    List<Dialogue> dialogues =
        List.of(
            template.dialogue(new Example("go", "red green")),
            template.dialogue(new Example("red go", "blue")));
    return DialogueBatch.of(dialogues);
  }
}
