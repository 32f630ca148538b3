package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.transformer.Decoder;

/** A reference policy that follows the policy: from time to time it becomes the policy as it is. */
final class Synchronisation {
  private Synchronisation() {}

  /**
   * Overwrites the parameters of one decoder by those of another.
   *
   * @throws IllegalArgumentException if one is adapted and the other is not
   */
  static void copy(Decoder policy, Decoder reference) {
    List<Parameter> from = policy.parameters();
    List<Parameter> to = reference.parameters();
    if (from.size() != to.size()) {
      throw new IllegalArgumentException(
          "a policy of %d parameters cannot become a reference of %d; adapt both or neither"
              .formatted(from.size(), to.size()));
    }
    for (int i = 0; i < from.size(); i++) {
      Tensor value = from.get(i).value();
      value.backend().elements().copy(value, to.get(i).value());
    }
  }
}
