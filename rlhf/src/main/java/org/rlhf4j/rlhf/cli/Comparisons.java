package org.rlhf4j.rlhf.cli;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.scoring.RatedPair;

/** Pairs of texts as pairs of tokens. */
final class Comparisons {
  private Comparisons() {}

  /**
   * {@return the pairs with their margins}
   *
   * @throws IllegalArgumentException if one is too long for the model
   */
  static List<RatedPair> rated(List<JsonLines.Comparison> lines, StageOptions.Opened opened) {
    List<RatedPair> pairs = new ArrayList<>();
    for (JsonLines.Comparison line : lines) {
      Dialogue chosen = dialogue(opened.template(), line.prompt(), line.chosen());
      Dialogue rejected = dialogue(opened.template(), line.prompt(), line.rejected());
      pairs.add(new RatedPair(new PreferencePair(chosen, rejected), line.margin()));
    }
    opened.requireFit(pairs.stream().map(rated -> rated.pair().chosen()).toList());
    opened.requireFit(pairs.stream().map(rated -> rated.pair().rejected()).toList());
    return pairs;
  }

  private static Dialogue dialogue(Template template, String prompt, String answer) {
    return new Dialogue(template.prompt(prompt), template.completion(answer));
  }
}
