package org.rlhf4j.transformer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.autograd.PackedWeights;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.TokenDraw;
import org.rlhf4j.transformer.Completion.Ending;

/**
 * Continues prompts token by token, a batch at a time, padded on the left so that all rows add
 * their next token in the same column. A row's draws follow from its own key and position alone, so
 * its continuation does not depend on the rows beside it (up to the rounding of its logits).
 */
public final class Generator {
  private static final int PADDING = 0; // any id does: padding is never attended to

  private final Decoder decoder;
  private final Pool pool;

  /**
   * @param pool where intermediates and the cache live, on the decoder's backend
   */
  public Generator(Decoder decoder, Pool pool) {
    this.decoder = decoder;
    this.pool = pool;
  }

  /**
   * What to continue, and from which randomness.
   *
   * @param tokens at least one, such as BOS, and fewer than the model's context
   * @param key its child t decides the t-th new token
   */
  public record Prompt(int[] tokens, RandomKey key) {}

  /** Hears of each token as soon as it was drawn. */
  @FunctionalInterface
  public interface Listener {
    void drawn(int row, TokenDraw draw);
  }

  /** {@return one continuation a prompt; prompt i draws from child i of the key} */
  public List<Completion> generate(List<int[]> prompts, GenerationConfig config, RandomKey key) {
    List<Prompt> keyed =
        IntStream.range(0, prompts.size())
            .mapToObj(i -> new Prompt(prompts.get(i), key.child(i)))
            .toList();
    return generate(keyed, config, (_, _) -> {});
  }

  /**
   * {@return one continuation a prompt, in their order}
   *
   * @throws IllegalArgumentException if there is no prompt, or one is empty or fills the context
   * @throws ArithmeticException if the model's logits are not numbers
   */
  public List<Completion> generate(
      List<Prompt> prompts, GenerationConfig config, Listener listener) {
    return generate(prompts, config, listener, Interjection.NONE);
  }

  /** As {@link #generate(List, GenerationConfig, Listener)}, with another voice in between. */
  public List<Completion> generate(
      List<Prompt> prompts, GenerationConfig config, Listener listener, Interjection interjection) {
    int context = decoder.config().contextLength();
    List<Row> rows =
        IntStream.range(0, prompts.size())
            .mapToObj(i -> new Row(i, prompts.get(i), config, interjection, context))
            .toList();
    if (config.cached()) {
      extendCached(rows, config.sampling(), listener);
    } else {
      extendUncached(rows, config.sampling(), listener);
    }
    return rows.stream().map(Row::completion).toList();
  }

  private void extendUncached(List<Row> rows, Sampling sampling, Listener listener) {
    for (List<Row> live = rows; !live.isEmpty(); live = live.stream().filter(Row::live).toList()) {
      try (Tape tape = Tape.noGrad(pool)) {
        TokenBatch batch = TokenBatch.padLeft(live.stream().map(Row::sequence).toList(), PADDING);
        extend(live, decoder.hidden(tape, batch, Mode.EVALUATION), sampling, listener);
      }
    }
  }

  private void extendCached(List<Row> rows, Sampling sampling, Listener listener) {
    TokenBatch prompts = TokenBatch.padLeft(rows.stream().map(Row::sequence).toList(), PADDING);
    int capacity = prompts.time() + rows.stream().mapToInt(row -> row.limit).max().orElseThrow();
    int[] ids = prompts.ids();
    int[] start = prompts.start().clone();
    try (KvCache cache = new KvCache(decoder.config(), rows.size(), capacity, pool);
        PackedWeights weights = new PackedWeights(pool)) {
      while (rows.stream().anyMatch(Row::live)) {
        int[] columns = ids;
        Runnable step =
            () -> {
              try (Tape tape = tape(rows.size(), weights)) {
                extend(rows, decoder.hidden(tape, columns, start, cache), sampling, listener);
              }
            };
        if (columns.length == rows.size()) {
          pool.backend().repeat(step);
        } else {
          step.run();
        }
        ids = rows.stream().mapToInt(Row::last).toArray();
        for (Row row : rows) {
          if (!row.live()) {
            start[row.index] = capacity; // from here on all of this row is padding
          }
        }
      }
    }
  }

  /** Of one sequence a step reads each weight once, which is fastest where it lies. */
  private Tape tape(int sequences, PackedWeights weights) {
    return sequences == 1 ? Tape.noGrad(pool) : Tape.noGrad(pool, weights);
  }

  private void extend(List<Row> rows, Variable hidden, Sampling sampling, Listener listener) {
    int time = hidden.shape().dim(1);
    Tensor logits = decoder.logits(hidden.slice(1, time - 1, time)).value();
    int[] drawing = IntStream.range(0, rows.size()).filter(i -> rows.get(i).draws()).toArray();
    double[] uniforms = IntStream.of(drawing).mapToDouble(i -> rows.get(i).uniform()).toArray();
    TokenDraw[] draws = logits.backend().sampling().draw(logits, drawing, sampling.law(), uniforms);
    rows.stream().filter(Row::hears).forEach(Row::hear);
    for (int i = 0; i < drawing.length; i++) {
      rows.get(drawing[i]).extend(draws[i], listener);
    }
  }

  /** One sequence while it grows. */
  private static final class Row {
    final int index;
    final int limit;
    private final Prompt prompt;
    private final GenerationConfig config;
    private final Interjection interjection;
    private final int[] tokens;
    private final double[] logprobs;
    private final boolean[] drawn;
    private int length;
    private int[] said = {}; // by the interjection, not yet appended

    Row(
        int index,
        Prompt prompt,
        GenerationConfig config,
        Interjection interjection,
        int contextLength) {
      int promptLength = prompt.tokens().length;
      if (promptLength == 0 || promptLength >= contextLength) {
        throw new IllegalArgumentException(
            "prompt %d has %d tokens; it needs at least 1 and fewer than the model's context of %d"
                .formatted(index, promptLength, contextLength));
      }
      this.index = index;
      this.limit = Math.min(config.maxNewTokens(), contextLength - promptLength);
      this.prompt = prompt;
      this.config = config;
      this.interjection = interjection;
      this.tokens = new int[limit];
      this.logprobs = new double[limit];
      this.drawn = new boolean[limit];
    }

    boolean live() {
      return length < limit && !stopped();
    }

    private boolean stopped() {
      return length > 0 && drawn[length - 1] && config.stopTokens().contains(tokens[length - 1]);
    }

    int last() {
      return tokens[length - 1];
    }

    /** {@return prompt and continuation so far} */
    int[] sequence() {
      return IntStream.concat(Arrays.stream(prompt.tokens()), Arrays.stream(tokens).limit(length))
          .toArray();
    }

    /** Whether the next token is the model's. */
    boolean draws() {
      return live() && said.length == 0;
    }

    /** Whether the next token is one that was said to the model. */
    boolean hears() {
      return live() && said.length > 0;
    }

    void hear() {
      append(said[0], 0, false);
      said = Arrays.copyOfRange(said, 1, said.length);
    }

    /** The number that decides the next draw. */
    double uniform() {
      return Sampling.uniform(prompt.key().child(length));
    }

    void extend(TokenDraw draw, Listener listener) {
      append(draw.token(), draw.logprob(), true);
      listener.drawn(index, draw);
      if (!stopped()) {
        said = interjection.after(index, Arrays.copyOf(tokens, length)).clone();
      }
    }

    private void append(int token, double logprob, boolean byModel) {
      tokens[length] = token;
      logprobs[length] = logprob;
      drawn[length] = byModel;
      length++;
    }

    Completion completion() {
      return new Completion(
          Arrays.copyOf(tokens, length),
          Arrays.copyOf(logprobs, length),
          Arrays.copyOf(drawn, length),
          stopped() ? Ending.STOP : Ending.LENGTH);
    }
  }
}
