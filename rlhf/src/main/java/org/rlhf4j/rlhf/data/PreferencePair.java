package org.rlhf4j.rlhf.data;

import java.util.List;
import org.rlhf4j.rlhf.policy.Totals;

/** Two answers to one prompt and which of them a labeller preferred. */
public record PreferencePair(Dialogue chosen, Dialogue rejected) {
  /** {@return what a mean over pairs divides by; the loss of a pair counts as one token} */
  public static Totals totals(List<PreferencePair> pairs) {
    return new Totals(pairs.size(), pairs.size());
  }
}
