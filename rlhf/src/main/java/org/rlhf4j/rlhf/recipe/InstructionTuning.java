package org.rlhf4j.rlhf.recipe;

import java.util.List;
import java.util.Map;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** Stage 2: imitate answers. The prompt is read but not learned. */
final class InstructionTuning {
  static final String NAME = "sft";

  private InstructionTuning() {}

  static Decoder run(Run run, Decoder base) {
    DemoConfig.Tuning config = run.config().tuning();
    Decoder policy = base.copy(run.workspace());
    ChatTemplate template = run.task().template();
    List<Dialogue> dialogues =
        run.task().examples().stream()
            .map(
                e -> new Dialogue(template.prompt(e.prompt()), template.completion(e.completion())))
            .toList();
    Imitation imitation = new Imitation(policy);
    List<List<Dialogue>> batches =
        Order.batches(dialogues, config.batchSize(), run.key().child(NAME));
    try (Workspace workspace = new Workspace(run.pool());
        Progress progress = new Progress(NAME, batches.size())) {
      Trainer trainer =
          new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(config.learningRate(), 0, batches.size()),
              1,
              workspace);
      for (int step = 0; step < batches.size(); step++) {
        DialogueBatch batch = DialogueBatch.of(batches.get(step));
        Map<String, Double> metrics = trainer.step(List.of(batch), imitation);
        run.journal().log(NAME, step, metrics);
        progress.step(batch.tokenCount(), "nll", metrics.getOrDefault("nll", 0.0));
      }
    }
    return policy;
  }
}
