package org.rlhf4j.rlhf.verify;

import java.lang.Character.UnicodeScript;

/**
 * The share of letters that are in the asked script, against thoughts that switch languages (the
 * language-consistency reward of DeepSeek-R1, arXiv 2501.12948, which counts words). Letters of no
 * script of their own do not count; a text without letters is consistent, 1.
 */
public record LanguageConsistency(UnicodeScript script) implements VerifiableReward {
  @Override
  public double score(Problem problem, String completion) {
    long letters = completion.codePoints().filter(LanguageConsistency::hasScript).count();
    long asked =
        completion
            .codePoints()
            .filter(LanguageConsistency::hasScript)
            .filter(letter -> UnicodeScript.of(letter) == script)
            .count();
    return letters == 0 ? 1 : asked / (double) letters;
  }

  private static boolean hasScript(int codePoint) {
    UnicodeScript script = UnicodeScript.of(codePoint);
    return Character.isLetter(codePoint)
        && script != UnicodeScript.COMMON
        && script != UnicodeScript.INHERITED;
  }
}
