package org.rlhf4j.rlhf.data;

import java.util.Arrays;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.TokenBatch;

/**
 * Dialogues padded on the right to one length.
 *
 * @param ids {@code [batch][time]}; padding repeats the last token, which no loss counts
 * @param mask true at the tokens that the model is to answer for, {@code [batch][time]}
 * @param lengths tokens of each dialogue
 */
public record DialogueBatch(int[][] ids, boolean[][] mask, int[] lengths)
    implements DialogueTokens {
  /** {@return a batch of these dialogues} */
  public static DialogueBatch of(List<Dialogue> dialogues) {
    int time = dialogues.stream().mapToInt(Dialogue::length).max().orElseThrow();
    int[][] ids = new int[dialogues.size()][time];
    boolean[][] mask = new boolean[ids.length][time];
    int[] lengths = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      Dialogue dialogue = dialogues.get(i);
      int prompt = dialogue.prompt().length;
      int completion = dialogue.completion().length;
      lengths[i] = dialogue.length();
      System.arraycopy(dialogue.prompt(), 0, ids[i], 0, prompt);
      System.arraycopy(dialogue.completion(), 0, ids[i], prompt, completion);
      System.arraycopy(dialogue.learned(), 0, mask[i], prompt, completion);
      Arrays.fill(ids[i], lengths[i], time, ids[i][lengths[i] - 1]);
    }
    return new DialogueBatch(ids, mask, lengths);
  }

  /** {@return the same ids for the decoder} */
  public TokenBatch tokens() {
    int time = ids[0].length;
    int[] flat = new int[ids.length * time];
    for (int i = 0; i < ids.length; i++) {
      System.arraycopy(ids[i], 0, flat, i * time, time);
    }
    return new TokenBatch(flat, new int[ids.length]);
  }

  @Override
  public Variable hidden(Tape tape, Decoder decoder, Mode mode) {
    return decoder.hidden(tape, tokens(), mode);
  }

  @Override
  public boolean[][] predicted() {
    return NextToken.labels(mask);
  }

  /**
   * {@return the columns that a token is predicted from that the model is to answer for, from the
   * first of any row on}
   */
  public Columns predicting() {
    int time = ids[0].length;
    int first = time - 1;
    for (boolean[] row : mask) {
      for (int t = 0; t < first; t++) {
        first = row[t] ? t : first;
      }
    }
    return new Columns(Math.max(0, first - 1), time - 1);
  }

  @Override
  public int tokenCount() {
    return Arrays.stream(lengths).sum();
  }
}
