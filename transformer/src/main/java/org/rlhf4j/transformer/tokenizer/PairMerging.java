package org.rlhf4j.transformer.tokenizer;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Joins adjacent symbols, the best-scoring pair first and the leftmost of equals, in O(n log n): a
 * linked list of symbols, and a queue of candidate pairs of which outdated ones are dropped when
 * met.
 */
final class PairMerging {
  /**
   * What a pair becomes.
   *
   * @param symbol the joined symbol; negative if the pair does not join
   */
  record Join(int symbol, double score) {
    static final Join NONE = new Join(-1, 0);
  }

  /** Says what a pair of symbols becomes. */
  interface Rule {
    Join of(int left, int right);
  }

  private record Candidate(int left, int right, int leftSymbol, int rightSymbol, Join join) {}

  private static final int GONE = -1;

  private final Rule rule;
  private final int[] symbols;
  private final int[] next;
  private final int[] previous;
  private final PriorityQueue<Candidate> queue =
      new PriorityQueue<>(
          Comparator.comparingDouble((Candidate c) -> -c.join().score())
              .thenComparingInt(Candidate::left));

  PairMerging(int[] symbols, Rule rule) {
    this.rule = rule;
    this.symbols = symbols.clone();
    int n = symbols.length;
    next = IntStream.rangeClosed(1, n).toArray();
    previous = IntStream.range(-1, n - 1).toArray();
    for (int i = 0; i + 1 < n; i++) {
      offer(i, i + 1);
    }
  }

  private void offer(int left, int right) {
    Join join = rule.of(symbols[left], symbols[right]);
    if (join.symbol() >= 0) {
      queue.add(new Candidate(left, right, symbols[left], symbols[right], join));
    }
  }

  /** {@return the symbols after every possible join} */
  int[] merged() {
    while (!queue.isEmpty()) {
      Candidate best = queue.remove();
      int left = best.left();
      int right = best.right();
      if (symbols[left] != best.leftSymbol() || symbols[right] != best.rightSymbol()) {
        continue;
      }
      symbols[left] = best.join().symbol();
      symbols[right] = GONE;
      next[left] = next[right];
      if (next[left] < symbols.length) {
        previous[next[left]] = left;
        offer(left, next[left]);
      }
      if (previous[left] >= 0) {
        offer(previous[left], left);
      }
    }
    return Arrays.stream(symbols).filter(symbol -> symbol != GONE).toArray();
  }
}
