package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.PackedTokens;

/**
 * Dialogues one after another in a single row: no padding, and no dialogue sees another.
 *
 * @param tokens of all dialogues
 * @param mask true at the tokens to learn, {@code [1][time]}; never at the first of a dialogue
 */
public record Packing(PackedTokens tokens, boolean[][] mask) implements DialogueTokens {
  /** {@return these dialogues, in their order} */
  public static Packing of(List<Dialogue> dialogues) {
    int time = dialogues.stream().mapToInt(Dialogue::length).sum();
    int[] ids = new int[time];
    boolean[] mask = new boolean[time];
    int from = 0;
    for (Dialogue dialogue : dialogues) {
      int prompt = dialogue.prompt().length;
      int completion = dialogue.completion().length;
      System.arraycopy(dialogue.prompt(), 0, ids, from, prompt);
      System.arraycopy(dialogue.completion(), 0, ids, from + prompt, completion);
      System.arraycopy(dialogue.learned(), 0, mask, from + prompt, completion);
      from += prompt + completion;
    }
    int[] lengths = dialogues.stream().mapToInt(Dialogue::length).toArray();
    return new Packing(new PackedTokens(ids, lengths), new boolean[][] {mask});
  }

  @Override
  public int[][] ids() {
    return new int[][] {tokens.ids()};
  }

  @Override
  public int tokenCount() {
    return tokens.ids().length;
  }

  @Override
  public Variable hidden(Tape tape, Decoder decoder, Mode mode) {
    return decoder.hidden(tape, tokens, mode);
  }

  @Override
  public boolean[][] predicted() {
    return NextToken.labels(mask);
  }

  /**
   * {@return the items' places from 0 in bins of at most this many tokens, by best fit: longest
   * first, each into the fullest bin that still has room} Steps then have nearly the same number of
   * tokens.
   *
   * @throws IllegalArgumentException if an item does not fit into an empty bin
   */
  public static List<List<Integer>> bins(int[] lengths, int capacity) {
    List<List<Integer>> bins = new ArrayList<>();
    int[] room = new int[lengths.length];
    for (int item : LengthSorted.batches(lengths, 1).stream().map(List::getFirst).toList()) {
      int length = lengths[item];
      if (length > capacity) {
        throw new IllegalArgumentException(
            "item %d has %d tokens, more than the %d of a bin".formatted(item, length, capacity));
      }
      int best = bins.size();
      for (int bin = 0; bin < bins.size(); bin++) {
        if (room[bin] >= length && (best == bins.size() || room[bin] < room[best])) {
          best = bin;
        }
      }
      if (best == bins.size()) {
        bins.add(new ArrayList<>());
        room[best] = capacity;
      }
      bins.get(best).add(item);
      room[best] -= length;
    }
    return bins;
  }
}
