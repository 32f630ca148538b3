package org.rlhf4j.rlhf.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.Embedding;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;

/**
 * A decoder that ends in one number, read at the last token of the completion (not of the padding).
 */
public record RewardModel(Decoder decoder, ScalarHead head) implements Layer {
  /** {@return the reward of each dialogue, {@code [batch]}} */
  public Variable rewards(Tape tape, DialogueBatch batch, Mode mode) {
    int[] lengths = batch.lengths();
    int shortest = Arrays.stream(lengths).min().orElseThrow();
    Columns columns = new Columns(shortest - 1, batch.ids()[0].length);
    Variable hidden = decoder.hidden(tape, batch.tokens(), columns, mode);
    int width = hidden.shape().dim(2);
    int[] last = new int[lengths.length];
    for (int i = 0; i < last.length; i++) {
      last[i] = i * columns.count() + lengths[i] - shortest;
    }
    Variable states = Embedding.of(hidden.reshape(last.length * columns.count(), width), last);
    return head.apply(states);
  }

  /** {@return the rewards of many dialogues, without gradient} */
  public double[] score(List<Dialogue> dialogues, Pool pool, int batchSize) {
    double[] scores = new double[dialogues.size()];
    for (int from = 0; from < scores.length; from += batchSize) {
      List<Dialogue> part = dialogues.subList(from, Math.min(scores.length, from + batchSize));
      try (Tape tape = Tape.noGrad(pool)) {
        double[] rewards =
            rewards(tape, DialogueBatch.of(part), Mode.EVALUATION).value().toDoubles();
        System.arraycopy(rewards, 0, scores, from, rewards.length);
      }
    }
    return scores;
  }

  /** {@return the fraction of pairs that the model orders as their labels do, without gradient} */
  public double accuracy(List<PreferencePair> pairs, Pool pool, int batchSize) {
    double[] chosen = score(pairs.stream().map(PreferencePair::chosen).toList(), pool, batchSize);
    double[] rejected =
        score(pairs.stream().map(PreferencePair::rejected).toList(), pool, batchSize);
    double right = 0;
    for (int i = 0; i < chosen.length; i++) {
      right += chosen[i] > rejected[i] ? 1 : 0;
    }
    return right / chosen.length;
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(decoder.parameters());
    all.addAll(head.parameters());
    return all;
  }
}
