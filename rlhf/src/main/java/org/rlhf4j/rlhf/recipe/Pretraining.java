package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

/** Stage 1: predict the next token of running text. */
final class Pretraining {
  static final String NAME = "base";

  private Pretraining() {}

  /** Windows of text and, for each column, the token that follows. */
  private record Windows(TokenBatch tokens, int[] next) {}

  /** Mean cross-entropy of the tokens that follow. */
  private record Prediction(Decoder decoder) implements Objective<Windows> {
    @Override
    public Totals totals(Windows windows) {
      return new Totals(windows.tokens().batch(), windows.next().length);
    }

    @Override
    public LossOutput loss(Tape tape, Windows windows, Totals totals) {
      Variable hidden = decoder.hidden(tape, windows.tokens(), Mode.EVALUATION);
      Variable loss = CrossEntropy.of(decoder.logits(hidden), windows.next());
      return new LossOutput("loss", loss).part(windows.next().length / (double) totals.tokens());
    }
  }

  static Decoder run(Run run) {
    DemoConfig.Pretraining config = run.config().pretraining();
    DemoConfig.Model model = run.config().model();
    RandomKey key = run.key().child(NAME);
    Decoder decoder =
        new Decoder(
            ParameterScope.root(run.workspace(), key.child("parameters")),
            DecoderConfig.llama(
                run.task().tokenizer().vocabularySize(),
                model.contextLength(),
                model.width(),
                model.layers(),
                model.heads(),
                model.heads(),
                model.feedForwardWidth()));
    int time = Math.min(model.contextLength(), run.task().text().length - 1) / 2;
    List<List<Windows>> steps = new ArrayList<>();
    for (int step = 0; step < config.steps(); step++) {
      steps.add(List.of(windows(run.task().text(), config.batchSize(), time, key.child(step))));
    }
    try (Workspace workspace = new Workspace(run.pool())) {
      new Trainer(
              decoder.parameters(),
              AdamW.Config.PRETRAINING,
              Schedule.cosine(config.learningRate(), config.steps() / 20, config.steps()),
              1,
              workspace)
          .run(
              NAME,
              steps,
              new Prediction(decoder),
              windows -> windows.next().length,
              "loss",
              run.journal());
    }
    return decoder;
  }

  private static Windows windows(int[] text, int batch, int time, RandomKey key) {
    RandomGenerator random = key.generator();
    int[] ids = new int[batch * time];
    int[] next = new int[batch * time];
    for (int b = 0; b < batch; b++) {
      int from = random.nextInt(text.length - time);
      System.arraycopy(text, from, ids, b * time, time);
      System.arraycopy(
          Arrays.copyOfRange(text, from + 1, from + 1 + time), 0, next, b * time, time);
    }
    return new Windows(new TokenBatch(ids, new int[batch]), next);
  }
}
