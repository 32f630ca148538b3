package org.rlhf4j.transformer;

/**
 * Speaks up while a model writes, such as a tool that was called: what it says becomes part of the
 * sequence, and the model goes on from there.
 */
@FunctionalInterface
public interface Interjection {
  /** Never says anything. */
  Interjection NONE = (_, _) -> new int[0];

  /**
   * {@return tokens to put in after the last one; mostly none}
   *
   * @param row which prompt is continued
   * @param tokens all that was added to the prompt so far; the last one was drawn
   */
  int[] after(int row, int[] tokens);
}
