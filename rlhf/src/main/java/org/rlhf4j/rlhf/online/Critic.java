package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.TokenBatch;

/**
 * Says before each token what the completion will be worth.
 *
 * @param place whose hidden states it reads
 * @param trunk the body that has them: the policy itself, or one of its own
 */
record Critic(CriticTrunk place, Decoder trunk, ScalarHead head) implements Layer {
  /** {@return an untrained head on the policy's body, or on a copy of it} */
  static Critic of(CriticTrunk place, Decoder policy, Workspace workspace, RandomKey key) {
    ParameterScope scope = ParameterScope.root(workspace, key).child("valueHead");
    return new Critic(
        place,
        place == CriticTrunk.OWN ? policy.copy(workspace) : policy,
        new ScalarHead(scope, policy.config().width()));
  }

  /**
   * {@return the values of some columns, {@code [batch, columns]}}
   *
   * @param hidden states of the policy in these columns, used again where its body is shared
   */
  Variable values(Tape tape, TokenBatch tokens, Columns columns, Variable hidden) {
    return place == CriticTrunk.OWN ? values(tape, tokens, columns) : head.apply(hidden);
  }

  /** {@return the same, of a batch that the policy was not asked about} */
  Variable values(Tape tape, TokenBatch tokens, Columns columns) {
    return head.apply(trunk.hidden(tape, tokens, columns, Mode.EVALUATION));
  }

  /** {@return what is learned beside the policy, under names that are not the policy's} */
  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>(head.parameters());
    for (Parameter own : place == CriticTrunk.OWN ? trunk.parameters() : List.<Parameter>of()) {
      parameters.add(
          new Parameter("valueTrunk." + own.name(), own.value(), own.gradient(), own.frozen()));
    }
    return parameters;
  }
}
