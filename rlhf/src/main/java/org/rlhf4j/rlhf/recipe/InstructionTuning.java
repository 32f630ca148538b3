package org.rlhf4j.rlhf.recipe;

import java.util.List;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.DialogueTokens;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Order;
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
    List<Dialogue> dialogues =
        run.task().examples().stream().map(run.task().template()::dialogue).toList();
    List<List<DialogueTokens>> steps =
        Order.batches(dialogues, config.batchSize(), run.key().child(NAME)).stream()
            .map(batch -> List.<DialogueTokens>of(DialogueBatch.of(batch)))
            .toList();
    try (Workspace workspace = new Workspace(run.pool())) {
      new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(config.learningRate(), 0, steps.size()),
              1,
              workspace)
          .run(
              NAME, steps, new Imitation(policy), DialogueTokens::tokenCount, "nll", run.journal());
    }
    return policy;
  }
}
