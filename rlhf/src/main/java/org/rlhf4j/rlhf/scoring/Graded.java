package org.rlhf4j.rlhf.scoring;

import java.util.Arrays;
import java.util.List;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;

/**
 * An answer with labels of its own, not compared with another.
 *
 * @param correct whether the whole is right
 * @param steps at the last token of each step of the completion whether the step is bad (-1),
 *     neutral (0) or good (1); {@link #NO_STEP} at other tokens
 */
public record Graded(Dialogue dialogue, boolean correct, int[] steps) {
  /** At a token that ends no step. */
  public static final int NO_STEP = Integer.MIN_VALUE;

  public Graded {
    Rows.requireSameLength("completion", dialogue.completion().length, "steps", steps.length);
  }

  /** {@return true where steps end, in the dialogue padded to a length} */
  static boolean[][] stepEnds(List<Graded> answers, int time) {
    boolean[][] ends = new boolean[answers.size()][time];
    for (int i = 0; i < ends.length; i++) {
      int begin = answers.get(i).dialogue().prompt().length;
      int[] steps = answers.get(i).steps();
      for (int t = 0; t < steps.length; t++) {
        ends[i][begin + t] = steps[t] != NO_STEP;
      }
    }
    return ends;
  }

  /** {@return the labels of the steps, in the dialogue padded to a length} */
  static int[][] labels(List<Graded> answers, int time) {
    int[][] labels = new int[answers.size()][time];
    for (int i = 0; i < labels.length; i++) {
      int[] steps = answers.get(i).steps();
      System.arraycopy(
          steps, 0, labels[i], answers.get(i).dialogue().prompt().length, steps.length);
    }
    return labels;
  }

  static List<Dialogue> dialogues(List<Graded> answers) {
    return answers.stream().map(Graded::dialogue).toList();
  }

  /** {@return how many steps end in the completion} */
  int count() {
    return (int) Arrays.stream(steps).filter(step -> step != NO_STEP).count();
  }
}
