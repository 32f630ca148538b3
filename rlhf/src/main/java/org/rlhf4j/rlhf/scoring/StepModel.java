package org.rlhf4j.rlhf.scoring;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Linear;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** A decoder that says of every token whether the step that ends there is bad, neutral or good. */
public record StepModel(Decoder decoder, Linear head) implements Layer {
  private static final int CLASSES = 3;

  /** {@return an untrained model: a copy of a policy's body under a new head} */
  public static StepModel start(Decoder policy, Workspace workspace, RandomKey key) {
    int width = policy.config().width();
    ParameterScope scope = ParameterScope.root(workspace, key).child("stepHead");
    return new StepModel(
        policy.copy(workspace),
        new Linear(scope, width, CLASSES, true, 1 / Math.sqrt(width + 1.0)));
  }

  /** {@return logits of bad, neutral, good at every token, {@code [batch, time, 3]}} */
  public Variable logits(Tape tape, DialogueBatch batch) {
    return head.apply(decoder.hidden(tape, batch.tokens(), Mode.EVALUATION));
  }

  /** {@return of each answer, the sum over its steps of P(good) - P(bad), without gradient} */
  public double[] score(List<Graded> answers, Pool pool, int batchSize) {
    List<Double> scores = new ArrayList<>();
    for (List<Graded> part : Order.parts(answers, batchSize)) {
      DialogueBatch batch = DialogueBatch.of(Graded.dialogues(part));
      int time = batch.ids()[0].length;
      boolean[][] ends = Graded.stepEnds(part, time);
      try (Tape tape = Tape.noGrad(pool)) {
        double[] logits = logits(tape, batch).value().toDoubles();
        for (int i = 0; i < part.size(); i++) {
          double score = 0;
          for (int t = 0; t < time; t++) {
            if (ends[i][t]) {
              score += goodLessBad(logits, (i * time + t) * CLASSES);
            }
          }
          scores.add(score);
        }
      }
    }
    return scores.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double goodLessBad(double[] logits, int at) {
    double highest = Math.max(logits[at], Math.max(logits[at + 1], logits[at + 2]));
    double bad = Math.exp(logits[at] - highest);
    double neutral = Math.exp(logits[at + 1] - highest);
    double good = Math.exp(logits[at + 2] - highest);
    return (good - bad) / (bad + neutral + good);
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(decoder.parameters());
    all.addAll(head.parameters());
    return all;
  }
}
