package org.rlhf4j.rlhf.scoring;

import java.util.List;
import org.rlhf4j.rlhf.data.Dialogue;

/** Answers to one prompt, best first. */
public record Ranking(List<Dialogue> answers) {
  public Ranking {
    answers = List.copyOf(answers);
    if (answers.size() < 2) {
      throw new IllegalArgumentException(
          "a ranking needs at least two answers, got " + answers.size());
    }
  }

  /** {@return tokens of all answers with their prompts} */
  public int length() {
    return answers.stream().mapToInt(Dialogue::length).sum();
  }
}
