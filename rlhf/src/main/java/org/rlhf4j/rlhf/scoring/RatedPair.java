package org.rlhf4j.rlhf.scoring;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.PreferencePair;

/**
 * A labelled pair.
 *
 * @param margin how much better the chosen answer was rated; 0 where nobody said
 */
public record RatedPair(PreferencePair pair, double margin) {
  /** {@return pairs of which only the order is known} */
  public static List<RatedPair> unrated(List<PreferencePair> pairs) {
    return of(pairs, new double[pairs.size()]);
  }

  /** {@return pairs with their margins} */
  public static List<RatedPair> of(List<PreferencePair> pairs, double... margins) {
    Rows.requireSameLength("margins", margins.length, "pairs", pairs.size());
    List<RatedPair> rated = new ArrayList<>();
    for (int i = 0; i < margins.length; i++) {
      rated.add(new RatedPair(pairs.get(i), margins[i]));
    }
    return rated;
  }

  /** {@return tokens of both answers with their prompts} */
  public int length() {
    return pair.chosen().length() + pair.rejected().length();
  }
}
