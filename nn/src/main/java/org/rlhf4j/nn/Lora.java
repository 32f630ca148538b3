package org.rlhf4j.nn;

import java.util.regex.Pattern;
import org.rlhf4j.tensor.Check;

/**
 * Low-rank adaptation (arXiv 2106.09685): a model stays as it is, and chosen linear maps learn a
 * correction of small rank beside it; see {@link LowRankAdapter}.
 *
 * @param rank r, numbers that pass through an adapter; far below the width
 * @param alpha the correction is scaled by alpha / r, so that another rank needs no other learning
 *     rate
 * @param targets regular expression that is looked for in the names of linear maps, such as {@code
 *     blocks.0.attention.query}
 */
public record Lora(int rank, double alpha, String targets) {
  /** Every linear map of the blocks. */
  public static final String ALL = "";

  /** What the paper adapts: the maps to queries and to values. */
  public static final String QUERY_AND_VALUE = "query|value";

  public Lora {
    Check.positive("rank", rank);
    Check.positive("alpha", alpha);
    Pattern.compile(targets); // refuses what is no regular expression
  }

  /** {@return alpha / r} */
  public double scale() {
    return alpha / rank;
  }

  /** {@return whether a linear map of this name gets an adapter} */
  public boolean isTarget(String linear) {
    return Pattern.compile(targets).matcher(linear).find();
  }
}
