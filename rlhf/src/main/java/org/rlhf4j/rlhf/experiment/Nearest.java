package org.rlhf4j.rlhf.experiment;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** What a user who mistyped a name probably meant. */
final class Nearest {
  private Nearest() {}

  /** {@return an error that names the key, the value, what is valid, and the nearest of it} */
  static IllegalArgumentException unknown(String key, String value, Collection<String> valid) {
    return new IllegalArgumentException(
        "%s '%s' is unknown; did you mean '%s'? Valid are %s"
            .formatted(key, value, to(value, valid), String.join(", ", valid)));
  }

  /** {@return the valid name that the name begins, or that fewest changes of a letter lead to} */
  static String to(String name, Collection<String> valid) {
    for (String candidate : valid) {
      if (candidate.startsWith(name + ".")) {
        return candidate;
      }
    }
    return valid.stream()
        .min(
            Comparator.comparingInt(candidate ->
                distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT))))
        .orElseThrow(() -> new IllegalArgumentException("there are no valid names"));
  }

  /** Insertions, deletions, replacements, and swaps of neighbours. */
  static int distance(String a, String b) {
    int[][] of = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          of[i][j] = i + j;
          continue;
        }
        int replaced = of[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        of[i][j] = Math.min(replaced, 1 + Math.min(of[i - 1][j], of[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          of[i][j] = Math.min(of[i][j], 1 + of[i - 2][j - 2]);
        }
      }
    }
    return of[a.length()][b.length()];
  }
}
