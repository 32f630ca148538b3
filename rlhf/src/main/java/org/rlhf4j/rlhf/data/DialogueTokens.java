package org.rlhf4j.rlhf.data;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.transformer.Decoder;

/** Dialogues as a decoder reads them: padded to one length, or packed one after another. */
public sealed interface DialogueTokens permits DialogueBatch, Packing {
  /** {@return the ids, {@code [batch][time]}} */
  int[][] ids();

  /** {@return true at the tokens that the model is to answer for, {@code [batch][time]}} */
  boolean[][] mask();

  /** {@return true where the <em>next</em> token is one to answer for, [batch][time - 1]} */
  boolean[][] predicted();

  /** {@return tokens that are not padding} */
  int tokenCount();

  /** {@return the last hidden states of a decoder that reads them, [batch, time, width]} */
  Variable hidden(Tape tape, Decoder decoder, Mode mode);
}
