package org.rlhf4j.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One mechanical change of one line of a kernel file. */
record Mutant(String file, int line, String was, String is, String text) {
  private static final Pattern GUARD = Pattern.compile("^(\\s*)@(!?)(%\\w+)");
  private static final Pattern WHOLE = Pattern.compile("(?<=[ ,\\[+])(-?\\d+)(?=[,;\\]])");
  private static final Pattern FLOAT = Pattern.compile("0f([0-9A-F]{8})");
  private static final Pattern LABEL = Pattern.compile("(\\w+):\\s*");
  private static final Map<String, List<String>> SWAPS =
      Map.ofEntries(
          Map.entry("add", List.of("sub")),
          Map.entry("sub", List.of("add")),
          Map.entry("min", List.of("max")),
          Map.entry("max", List.of("min")),
          Map.entry("and", List.of("or")),
          Map.entry("or", List.of("and")),
          Map.entry("shl", List.of("shr")),
          Map.entry("shr", List.of("shl")),
          Map.entry(".lt", List.of(".le", ".ge")),
          Map.entry(".le", List.of(".lt", ".gt")),
          Map.entry(".gt", List.of(".ge", ".le")),
          Map.entry(".ge", List.of(".gt", ".lt")),
          Map.entry(".eq", List.of(".ne")),
          Map.entry(".ne", List.of(".eq")));

  /** All of a file: instructions deleted, guards and relations flipped, constants changed. */
  static List<Mutant> of(String file) {
    String[] lines = KernelFiles.text(file).split("\n", -1);
    List<Mutant> mutants = new ArrayList<>();
    int start = 0;
    while (!lines[start].startsWith("{")) {
      start++;
    }
    for (int i = start + 1; i < lines.length; i++) {
      String code = lines[i].split("//")[0];
      if (code.isBlank() || code.strip().startsWith(".") || !code.contains(";")) {
        continue;
      }
      for (String changed : changes(code)) {
        String[] copy = lines.clone();
        copy[i] = changed;
        mutants.add(
            new Mutant(file, i + 1, code.strip(), changed.strip(), String.join("\n", copy)));
      }
    }
    return mutants;
  }

  private static List<String> changes(String code) {
    List<String> changes = new ArrayList<>();
    changes.add("");
    Matcher guard = GUARD.matcher(code);
    if (guard.find()) {
      String flipped = guard.group(2).isEmpty() ? "!" : "";
      changes.add(guard.replaceFirst("$1@" + flipped + "$3"));
      changes.add(guard.replaceFirst("$1"));
    }
    String opcode = code.strip().replaceFirst("^@!?%\\w+\\s+", "").split("\\s+")[0];
    SWAPS.forEach((from, to) -> {
      boolean relation = from.startsWith(".");
      boolean applies =
          relation
              ? opcode.startsWith("setp" + from + ".")
              : opcode.startsWith(from + ".") && !opcode.endsWith(".pred");
      if (applies) {
        for (String other : to) {
          changes.add(
              code.replaceFirst(
                  Pattern.quote(relation ? "setp" + from : from),
                  relation ? "setp" + other : other));
        }
      }
    });
    Matcher whole = WHOLE.matcher(code);
    while (whole.find()) {
      String more = String.valueOf(Long.parseLong(whole.group(1)) + 1);
      changes.add(code.substring(0, whole.start()) + more + code.substring(whole.end()));
    }
    Matcher real = FLOAT.matcher(code);
    while (real.find()) {
      float value = Float.intBitsToFloat(Integer.parseUnsignedInt(real.group(1), 16));
      // wrong in the fifth digit; zero and infinity become one
      float other = value == 0 || Float.isInfinite(value) ? 1 : value * 1.00002f;
      changes.add(
          code.substring(0, real.start())
              + String.format("0f%08X", Float.floatToRawIntBits(other))
              + code.substring(real.end()));
    }
    return changes;
  }

  /** {@return the first label below the line; empty behind the last} */
  String labelBelow() {
    return text.lines()
        .skip(line)
        .map(LABEL::matcher)
        .filter(Matcher::matches)
        .map(label -> label.group(1))
        .findFirst()
        .orElse("");
  }

  @Override
  public String toString() {
    return file + ":" + line + ": " + was + " -> " + (is.isEmpty() ? "deleted" : is);
  }
}
