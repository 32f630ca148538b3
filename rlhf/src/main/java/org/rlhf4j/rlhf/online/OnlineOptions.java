package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.rlhf.train.Milestones;
import org.rlhf4j.tensor.Check;

/**
 * What a run of policy optimisation may do beside the usual.
 *
 * @param trunk what the value head stands on, where the algorithm has a critic
 * @param referenceEvery iterations after which the policy becomes the new reference; 0 never
 * @param pretraining text to learn beside the rewards; at most one
 * @param asynchrony sampling beside learning; none takes turns
 * @param order which prompts are asked when; none draws each as often as any
 * @param milestones where iterations pause, and from where they go on
 */
public record OnlineOptions(
    CriticTrunk trunk,
    int referenceEvery,
    List<PretrainingMix> pretraining,
    List<Asynchrony> asynchrony,
    List<PromptOrder> order,
    Milestones milestones) {
  /** The usual: a shared trunk, one reference, rewards alone, in turns. */
  public static final OnlineOptions USUAL =
      new OnlineOptions(CriticTrunk.SHARED, 0, List.of(), List.of(), List.of(), Milestones.NONE);

  public OnlineOptions {
    Check.notNegative("referenceEvery", referenceEvery);
    pretraining = List.copyOf(pretraining);
    asynchrony = List.copyOf(asynchrony);
    order = List.copyOf(order);
    if (pretraining.size() > 1 || asynchrony.size() > 1 || order.size() > 1) {
      throw new IllegalArgumentException(
          "at most one pretraining mix, one asynchrony and one order are possible, got %d, %d, %d"
              .formatted(pretraining.size(), asynchrony.size(), order.size()));
    }
    if (!milestones.saves().isEmpty() && (referenceEvery > 0 || !asynchrony.isEmpty())) {
      throw new IllegalArgumentException(
          "a run whose reference moves, or that samples beside learning, cannot save itself");
    }
  }

  /** {@return the same with the value head on a body of its own} */
  public OnlineOptions withOwnTrunk() {
    return new OnlineOptions(
        CriticTrunk.OWN, referenceEvery, pretraining, asynchrony, order, milestones);
  }

  /** {@return the same with a new reference every so many iterations} */
  public OnlineOptions withReferenceEvery(int iterations) {
    return new OnlineOptions(trunk, iterations, pretraining, asynchrony, order, milestones);
  }

  /** {@return the same with text to learn} */
  public OnlineOptions with(PretrainingMix mix) {
    return new OnlineOptions(trunk, referenceEvery, List.of(mix), asynchrony, order, milestones);
  }

  /** {@return the same with sampling beside learning} */
  public OnlineOptions with(Asynchrony beside) {
    return new OnlineOptions(
        trunk, referenceEvery, pretraining, List.of(beside), order, milestones);
  }

  /**
   * {@return the same with pauses}
   *
   * @throws IllegalArgumentException if it is to save itself, but has more to remember than
   *     parameters and optimizer: a reference that moves, or samples of older weights
   */
  public OnlineOptions with(Milestones pauses) {
    return new OnlineOptions(trunk, referenceEvery, pretraining, asynchrony, order, pauses);
  }

  /** {@return the same with prompts in an order, such as a curriculum} */
  public OnlineOptions with(PromptOrder prompts) {
    return new OnlineOptions(
        trunk, referenceEvery, pretraining, asynchrony, List.of(prompts), milestones);
  }
}
