package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.PretrainingMix;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * InstructGPT (arXiv 2203.02155) in small: imitation of stories, a reward model of labelled pairs,
 * PPO for it with a value head on a body of its own, and PPO-ptx, which goes on imitating stories.
 *
 * @param about what the recipe shows, in a sentence
 * @param ptxCoefficient weight of the stories' likelihood in PPO-ptx
 */
public record InstructGptRecipe(
    String about,
    StoriesConfig stories,
    PairsConfig pairs,
    RewardModelConfig reward,
    PolicyConfig policy,
    double ptxCoefficient)
    implements Recipe {
  private static final int AT_ONCE = 64;

  public InstructGptRecipe {
    Check.positive("ptxCoefficient", ptxCoefficient);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Reward gold = StoriesConfig.mood();
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      // 1. imitation
      StoriesConfig.Told told = stories.tell(workspace, journal, key);
      Decoder reference = told.policy();
      List<Sample> baseline =
          told.sampler().sample(reference, told.heldOutPrompts(), key.child("baseline"));
      figures.put("SFT", row(reference, told, gold, baseline, key));
      // 2. a reward model of pairs
      RewardModel model = told.proxy(pairs, reward, workspace, journal, key).model();
      Reward learned = Reward.learned(model, pool, AT_ONCE).standardised(baseline);
      // 3. PPO, without and with the stories
      OnlineOptions usual = OnlineOptions.USUAL.withOwnTrunk();
      List<Dialogue> texts =
          told.examples().stream().map(told.sampler().template()::dialogue).toList();
      SequencedMap<String, OnlineOptions> variants = new LinkedHashMap<>();
      variants.put("PPO", usual);
      variants.put(
          "PPO-ptx", usual.with(new PretrainingMix(ptxCoefficient, texts, policy.batchSize())));
      variants.forEach((stage, options) -> {
        try (Workspace own = new Workspace(pool)) {
          Decoder tuned = reference.copy(own);
          new PolicyOptimization(
                  policy.gradient(told.sampler().maxNewTokens()),
                  new KlController.Fixed(policy.klCoefficient()),
                  List.of(
                      new WeightedReward("proxy", 1, learned),
                      new WeightedReward("finished", 1, Reward.unfinished()),
                      new WeightedReward("gold", 0, gold)),
                  told.sampler(),
                  policy.online(),
                  options)
              .train(tuned, reference, told.prompts(), stage, journal, key.child("policy"));
          figures.put(stage, row(tuned, told, gold, baseline, key));
        }
      });
    }
    return new Outcome(figures);
  }

  private static SequencedMap<String, Double> row(
      Decoder policy, StoriesConfig.Told told, Reward gold, List<Sample> baseline, RandomKey key) {
    double[] golds =
        gold.of(told.sampler().sample(policy, told.heldOutPrompts(), key.child("test")));
    double logprob = 0;
    int tokens = 0;
    for (double[] logprobs :
        Likelihoods.ofCompletions(
            policy, told.heldOutDialogues(), 1, told.sampler().pool(), AT_ONCE)) {
      logprob += Rows.sum(logprobs);
      tokens += logprobs.length;
    }
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("gold reward", Rows.mean(golds));
    row.put("win rate over sft", WinRate.ofScores(golds, gold.of(baseline)).rate());
    row.put("perplexity of stories", Math.exp(-logprob / tokens));
    return row;
  }
}
