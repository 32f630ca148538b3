package org.rlhf4j.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;

/**
 * Writes on from prompts, many at a time: prompts are padded on the left, one column is added per
 * step, and a row that met a stop token waits for the others. A row's draws come from its own
 * random key, so they do not depend on its neighbours.
 *
 * @param decoder the model
 * @param pool memory of the steps
 * @param sampling how tokens are chosen
 * @param maxNewTokens most tokens per completion, the stop token included
 * @param stopTokens tokens after which a completion ends
 * @param cached whether keys and values are kept; without, every step reads everything again
 */
public record Generator(
    Decoder decoder,
    Pool pool,
    Sampling sampling,
    int maxNewTokens,
    Set<Integer> stopTokens,
    boolean cached) {

  /** Sees tokens as they come. */
  @FunctionalInterface
  public interface Listener {
    void onToken(int row, int token);
  }

  public Generator {
    Check.positive("maxNewTokens", maxNewTokens);
    stopTokens = Set.copyOf(stopTokens);
  }

  /** {@return a completion per prompt, in order} */
  public List<Completion> generate(List<int[]> prompts, RandomKey key) {
    return generate(prompts, key, (row, token) -> {});
  }

  /**
   * {@return a completion per prompt, in order}
   *
   * @param prompts token ids, at least one each
   * @throws IllegalArgumentException if a prompt is empty or leaves no room in the model's context
   */
  public List<Completion> generate(List<int[]> prompts, RandomKey key, Listener listener) {
    for (int[] prompt : prompts) {
      Check.positive("a prompt's length", prompt.length);
    }
    TokenBatch batch = TokenBatch.padLeft(prompts, 0);
    int steps = Math.min(maxNewTokens, decoder.config().contextLength() - batch.time());
    if (steps < 1) {
      throw new IllegalArgumentException(
          "a prompt of %d tokens leaves no room in the context of %d"
              .formatted(batch.time(), decoder.config().contextLength()));
    }
    List<Draft> drafts = new ArrayList<>();
    for (int row = 0; row < batch.batch(); row++) {
      drafts.add(new Draft(steps, key.child(row)));
    }
    try (KvCache cache = new KvCache(decoder.config(), batch.batch(), batch.time() + steps, pool)) {
      int[] columns = batch.ids();
      for (int step = 0; step < steps && drafts.stream().anyMatch(d -> !d.stopped); step++) {
        double[] logits = cached ? next(columns, batch, cache) : next(columns, batch);
        int[] chosen = choose(drafts, logits, listener);
        columns = cached ? chosen : append(columns, chosen);
      }
    }
    return drafts.stream().map(Draft::finish).toList();
  }

  /** Logits after the last column, {@code [batch, vocab]}, reading only the new columns. */
  private double[] next(int[] columns, TokenBatch batch, KvCache cache) {
    try (Tape tape = Tape.noGrad(pool)) {
      return lastLogits(decoder.hidden(tape, columns, batch.start(), cache));
    }
  }

  /** The same, reading all columns. */
  private double[] next(int[] columns, TokenBatch batch) {
    try (Tape tape = Tape.noGrad(pool)) {
      return lastLogits(
          decoder.hidden(tape, new TokenBatch(columns, batch.start()), Mode.EVALUATION));
    }
  }

  private double[] lastLogits(Variable hidden) {
    int time = hidden.shape().dim(1);
    return decoder.logits(hidden.slice(1, time - 1, time)).value().toDoubles();
  }

  private int[] choose(List<Draft> drafts, double[] logits, Listener listener) {
    int vocabulary = decoder.config().vocabularySize();
    int[] chosen = new int[drafts.size()];
    for (int row = 0; row < chosen.length; row++) {
      Draft draft = drafts.get(row);
      if (!draft.stopped) {
        double[] mine = Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
        chosen[row] = draft.add(mine, sampling, stopTokens);
        listener.onToken(row, chosen[row]);
      }
    }
    return chosen;
  }

  private static int[] append(int[] columns, int[] chosen) {
    int time = columns.length / chosen.length;
    int[] longer = new int[columns.length + chosen.length];
    for (int row = 0; row < chosen.length; row++) {
      System.arraycopy(columns, row * time, longer, row * (time + 1), time);
      longer[row * (time + 1) + time] = chosen[row];
    }
    return longer;
  }

  /** A completion that is being written. */
  private static final class Draft {
    private final int[] tokens;
    private final double[] logprobs;
    private final RandomKey key;
    private int length;
    private boolean stopped;

    Draft(int steps, RandomKey key) {
      this.tokens = new int[steps];
      this.logprobs = new double[steps];
      this.key = key;
    }

    int add(double[] logits, Sampling sampling, Set<Integer> stopTokens) {
      double[] all = sampling.logprobs(logits);
      int token = sampling.choose(all, key.child(length).generator());
      tokens[length] = token;
      logprobs[length] = all[token];
      length++;
      stopped = stopTokens.contains(token);
      return token;
    }

    Completion finish() {
      return new Completion(
          Arrays.copyOf(tokens, length), Arrays.copyOf(logprobs, length), stopped);
    }
  }
}
