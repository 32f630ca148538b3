package org.rlhf4j.rlhf.verify;

import org.rlhf4j.rlhf.data.Example;

/**
 * A question with one right answer.
 *
 * @param prompt what the model is asked
 * @param answer what it should say
 */
public record Problem(String prompt, String answer) {
  /** {@return the right answer as something to imitate} */
  public Example example() {
    return new Example(prompt, answer);
  }
}
