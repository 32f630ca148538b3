package org.rlhf4j.rlhf.online;

import java.util.List;
import java.util.function.Function;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;

/**
 * A sample with everything that its update needs. Arrays belong to the tokens of the completion,
 * [token].
 *
 * @param old log-probabilities of the policy that sampled
 * @param reference log-probabilities of the reference policy
 * @param values of the critic that sampled, and
 * @param returns what it should have said; both of no length without a critic
 */
record Rollout(
    Dialogue dialogue,
    double[] old,
    double[] reference,
    double[] values,
    double[] advantages,
    double[] returns) {

  /** {@return the batch of these rollouts for the decoder} */
  static DialogueBatch batch(List<Rollout> rollouts) {
    return DialogueBatch.of(rollouts.stream().map(Rollout::dialogue).toList());
  }

  /**
   * {@return a field of these rollouts, moved to where their batch predicts the tokens,
   * [batch][time - 1]}
   */
  static double[][] aligned(List<Rollout> rollouts, int time, Function<Rollout, double[]> field) {
    double[][] rows = new double[rollouts.size()][time - 1];
    for (int i = 0; i < rows.length; i++) {
      double[] values = field.apply(rollouts.get(i));
      int first = rollouts.get(i).dialogue().prompt().length - 1;
      System.arraycopy(values, 0, rows[i], first, values.length);
    }
    return rows;
  }
}
