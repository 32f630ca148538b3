package org.rlhf4j.rlhf.precision;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.direct.DirectPrecision;
import org.rlhf4j.rlhf.ledger.Pages;

/** Every loss keeps its digits in single precision; docs/precision.md holds the figures. */
class PrecisionTest {
  private static final double VALUE_BOUND = 1e-6;
  private static final double GRADIENT_BOUND = 1e-5;
  private static final String PAGE = "precision.md";
  private static final String HEADER =
      """
      # Digits of the losses in single precision

      Every loss and its gradient on the float backend `simd`, against the same evaluation in double
      precision, on inputs that a float holds exactly: log-probabilities from -1e-6 to -1e4, rewards and
      logits of both signs from 1e-6 to 1e4, log-ratios of 0 and from 1e-7 times to as large as these, equal
      pairs, answers of 1 to 1000 tokens. Written by `PrecisionTest`, which fails when a figure rises, or
      falls to less than a quarter.

      *Conditioned*: worst error relative to |f| + sum |x df/dx|, that is, to f and what a rounding of the
      inputs alone would do; x is the log-ratio wherever a loss sees no more than it. The bound is 1e-6 for
      losses and 1e-5 for gradients, and **every loss keeps it**.

      *Plain*: worst error relative to |f| alone. Where it is larger, f is ill-conditioned: beside a zero of
      f, or in an exponential tail, where the rounding of x moves e^x by x roundings. What is smaller than
      1e-35 counts as zero; Infinity is an error of a result that is 0 exactly.

      *Also relative to*: where a value or a gradient is a difference of two larger terms as it is derived
      (1 less a probability), conditioned errors count relative to these too.

      | loss | value, conditioned | value, plain | gradient, conditioned | gradient, plain | also relative to |
      | --- | --- | --- | --- | --- | --- |
      """;

  @Test
  void everyLossIsWithinItsBoundAndThePageSaysHowFar() throws IOException {
    Map<String, Precision> all = DirectPrecision.all();
    all.putAll(LossPrecision.all());
    all.putAll(PolicyPrecision.all());
    List<String> beyond = new ArrayList<>();
    all.forEach((name, one) -> {
      // written so that NaN fails
      if (!(one.value() <= VALUE_BOUND && one.gradient() <= GRADIENT_BOUND)) {
        beyond.add(name + ": " + one);
      }
    });
    assertEquals(List.of(), beyond);
    String page = page(all);
    if (!saysTheSame(Pages.read(PAGE), all)) {
      Pages.assertCurrent(PAGE, page);
    }
  }

  private static String page(Map<String, Precision> all) {
    StringBuilder page = new StringBuilder(HEADER);
    all.forEach((name, one) ->
        page.append("| `%s` ".formatted(name))
            .append("| %s | %s ".formatted(up(one.value()), up(one.plainValue())))
            .append("| %s | %s ".formatted(up(one.gradient()), up(one.plainGradient())))
            .append("| %s |\n".formatted(one.terms())));
    return page.toString();
  }

  /** Machines differ in the last bit of a sum, so that the page's figures are bounds. */
  private static boolean saysTheSame(String page, Map<String, Precision> all) {
    Map<String, double[]> stated = new TreeMap<>();
    for (String line : page.split("\n")) {
      String[] cells = line.split("\\|");
      if (line.startsWith("| `")) {
        double[] figures = new double[4];
        for (int i = 0; i < 4; i++) {
          figures[i] = Double.parseDouble(cells[i + 2].strip());
        }
        stated.put(cells[1].strip().replace("`", ""), figures);
      }
    }
    if (!page.startsWith(HEADER) || !stated.keySet().equals(all.keySet())) {
      return false;
    }
    return all.entrySet().stream()
        .allMatch(one -> {
          double[] found = {
            one.getValue().value(),
            one.getValue().plainValue(),
            one.getValue().gradient(),
            one.getValue().plainGradient()
          };
          double[] figures = stated.get(one.getKey());
          for (int i = 0; i < 4; i++) {
            if (found[i] > figures[i] || found[i] < figures[i] / 4) {
              return false;
            }
          }
          return true;
        });
  }

  /** One digit, rounded up by at least a half. */
  private static String up(double figure) {
    if (figure == 0 || Double.isInfinite(figure)) {
      return String.valueOf(figure);
    }
    double larger = 1.5 * figure;
    double unit = Math.pow(10, Math.floor(Math.log10(larger)));
    return "%.0e".formatted(Math.ceil(larger / unit) * unit);
  }
}
