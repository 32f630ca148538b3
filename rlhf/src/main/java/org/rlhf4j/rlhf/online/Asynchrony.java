package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.tensor.Check;

/**
 * Completions are sampled on a thread of their own while the policy learns from earlier ones. Those
 * of iteration i come from the weights after iteration i - 1 - staleness, whichever of the two is
 * faster, so that a seed gives the same policy every time.
 *
 * @param staleness 0 waits for the newest weights and is the synchronous trainer, to the bit
 * @param threads of the sampler's own backend
 * @param correction how old samples are weighted; the ratios of the loss then begin at 1 with the
 *     policy as it is, not as it sampled. None leaves both to the algorithm's own ratio
 */
public record Asynchrony(int staleness, int threads, List<OffPolicyCorrection> correction) {
  public Asynchrony {
    Check.notNegative("staleness", staleness);
    Check.positive("threads", threads);
    correction = List.copyOf(correction);
    if (correction.size() > 1) {
      throw new IllegalArgumentException("at most one correction is possible, got " + correction);
    }
  }
}
