package org.rlhf4j.rlhf.experiment;

import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;

/** An experiment, whole: data, model, stages and what is measured at the end. */
public sealed interface Recipe
    permits VerifiableRecipe,
        AlignmentRecipe,
        RejectionSamplingRecipe,
        ExpertIterationRecipe,
        BestOfNRecipe,
        DistillationRecipe,
        ConstitutionalRecipe,
        GenerativeRewardRecipe,
        R1Recipe,
        Tulu3Recipe {
  /** {@return what it shows, in a sentence} */
  String about();

  /**
   * {@return what came out}
   *
   * @param journal where every step is written down
   * @param key all randomness
   */
  Outcome run(Pool pool, Journal journal, RandomKey key);
}
