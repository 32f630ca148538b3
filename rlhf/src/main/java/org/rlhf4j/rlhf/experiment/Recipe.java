package org.rlhf4j.rlhf.experiment;

import java.nio.file.Path;
import java.util.List;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;

/** An experiment, whole: data, model, stages and what is measured at the end. */
public sealed interface Recipe
    permits VerifiableRecipe,
        AlignmentRecipe,
        PretrainedRecipe,
        RewardModelsRecipe,
        OverOptimizationRecipe,
        AdaptiveKlRecipe,
        OnlineDpoRecipe,
        StalenessRecipe,
        ToolRecipe,
        InstructGptRecipe,
        RejectionSamplingRecipe,
        ExpertIterationRecipe,
        BestOfNRecipe,
        DistillationRecipe,
        ConstitutionalRecipe,
        DifficultyRecipe,
        GenerativeRewardRecipe,
        R1Recipe,
        Tulu3Recipe,
        WeightedRewardsRecipe {
  /** {@return what it shows, in a sentence} */
  String about();

  /** {@return files that it needs, that do not come with the library, and that are not there} */
  default List<Path> missing() {
    return List.of();
  }

  /**
   * {@return what came out}
   *
   * @param journal where every step is written down
   * @param key all randomness
   */
  Outcome run(Pool pool, Journal journal, RandomKey key);
}
