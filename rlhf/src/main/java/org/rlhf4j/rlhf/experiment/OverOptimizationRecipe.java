package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * A policy is optimised for a reward model that was learned from few pairs, once for each KL
 * coefficient; the gold reward is watched. What the proxy gains after a while, the gold loses.
 *
 * <p>The critic has a body of its own: the larger the coefficient, the larger the returns that it
 * fits, and in a shared body its gradient drowns the policy's, so that the KL grows instead.
 *
 * @param about what the recipe shows, in a sentence
 * @param pairs labelled by the gold reward, for the proxy; few, so that it can be fooled
 * @param klCoefficients each a variant; the policy's own is not used
 * @param window iterations over which the curves are averaged
 */
public record OverOptimizationRecipe(
    String about,
    StoriesConfig stories,
    PairsConfig pairs,
    RewardModelConfig proxy,
    PolicyConfig policy,
    List<Double> klCoefficients,
    int window)
    implements Recipe {
  private static final int AT_ONCE = 64;

  public OverOptimizationRecipe {
    klCoefficients = List.copyOf(klCoefficients);
    klCoefficients.forEach(beta -> Check.notNegative("klCoefficients", beta));
    Check.range("window", window, 1, policy.iterations());
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Reward gold = StoriesConfig.mood();
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      StoriesConfig.Told told = stories.tell(workspace, journal, key);
      Decoder reference = told.policy();
      StoriesConfig.Proxy model = told.proxy(pairs, proxy, workspace, journal, key);
      Reward learned =
          Reward.learned(model.model(), pool, AT_ONCE)
              .standardised(
                  told.sampler().sample(reference, told.heldOutPrompts(), key.child("centre")));
      for (double beta : klCoefficients) {
        String stage = "beta " + beta;
        try (Workspace own = new Workspace(pool)) {
          new PolicyOptimization(
                  policy.gradient(told.sampler().maxNewTokens()),
                  new KlController.Fixed(beta),
                  List.of(
                      new WeightedReward("proxy", 1, learned), new WeightedReward("gold", 0, gold)),
                  told.sampler(),
                  policy.online(),
                  OnlineOptions.USUAL.withOwnTrunk())
              .train(
                  reference.copy(own),
                  reference,
                  told.prompts(),
                  stage,
                  journal,
                  key.child("policy"));
        }
        figures.put(stage, row(RewardCurve.of(journal, stage, window), model.accuracy()));
      }
    }
    return new Outcome(figures);
  }

  private SequencedMap<String, Double> row(RewardCurve curve, double accuracy) {
    int peak = curve.peak();
    int last = curve.last();
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("proxy accuracy", accuracy);
    row.put("proxy at end", curve.proxy()[last]);
    row.put("gold at start", curve.gold()[0]);
    row.put("gold at peak", curve.gold()[peak]);
    row.put("iterations to the peak", (double) (peak + 1) * window);
    row.put("gold at end", curve.gold()[last]);
    row.put("lost after the peak", curve.gold()[peak] - curve.gold()[last]);
    row.put("sqrt KL at peak", curve.distance()[peak]);
    row.put("sqrt KL at end", curve.distance()[last]);
    return row;
  }
}
