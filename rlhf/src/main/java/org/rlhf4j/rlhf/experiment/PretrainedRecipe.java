package org.rlhf4j.rlhf.experiment;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.data.Openings;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.scoring.PairObjective;
import org.rlhf4j.rlhf.scoring.RatedPair;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.rlhf.train.BaseModel;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;

/**
 * A model that somebody else pretrained learns a mood, by a reward model and two policy gradients,
 * and by a direct-alignment loss on the same pairs, and keeps its English: how surprised the
 * untouched model is by what the tuned ones write is measured.
 *
 * @param about what the recipe shows, in a sentence
 * @param openings of stories to train on
 * @param heldOut further openings, for evaluation
 * @param maxNewTokens of a continuation, which is cut off there and not blamed for it
 */
public record PretrainedRecipe(
    String about,
    BaseConfig base,
    int openings,
    int heldOut,
    int maxNewTokens,
    PairsConfig pairs,
    RewardModelConfig rewardModel,
    PolicyConfig ppo,
    PolicyConfig grpo,
    AlignmentConfig align,
    PreferenceLoss loss)
    implements Recipe {
  private static final int AT_ONCE = 64;
  private static final double CENTRING = 0.01;

  public PretrainedRecipe {
    Check.positive("openings", openings);
    Check.positive("heldOut", heldOut);
    Check.positive("maxNewTokens", maxNewTokens);
  }

  @Override
  public List<Path> missing() {
    return base.missing();
  }

  /** The mood of what was written; that it was cut off is not the model's fault. */
  private static double[] mood(List<Sample> samples) {
    return samples.stream().mapToDouble(s -> MoodReward.score(s.text(), true)).toArray();
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    BaseModel pretrained = base.open();
    Sampler sampler =
        new Sampler(
            Template.continuation(pretrained.tokenizer()),
            Sampling.at(1),
            maxNewTokens,
            AT_ONCE,
            pool);
    Reward gold = PretrainedRecipe::mood;
    List<String> all = Openings.of(key.child("openings"), openings + heldOut);
    List<String> prompts = all.subList(0, openings);
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder untouched = pretrained.open(workspace);
      Test test = new Test(untouched, all.subList(openings, all.size()), sampler, key);

      // 1. pairs of its own continuations, and a reward model that learns to tell them apart
      PairsConfig.Split labelled =
          pairs.collect(untouched, prompts, sampler, gold, key.child("pairs"));
      RewardModel proxy = RewardModeling.start(untouched, workspace, key.child("rewardModel"));
      rewardModel
          .training()
          .train(
              proxy.parameters(),
              RatedPair.unrated(labelled.training().pairs()),
              new PairObjective(proxy, new RewardModelLoss(CENTRING), 0),
              RatedPair::length,
              "accuracy",
              pool,
              "reward",
              journal,
              key.child("reward"));
      double accuracy = proxy.accuracy(labelled.heldOut().pairs(), pool, AT_ONCE);
      Reward learned =
          Reward.learned(proxy, pool, AT_ONCE)
              .standardised(sampler.sample(untouched, prompts, key.child("standard")));

      // 2. policy gradients for what the reward model says; the gold reward is only watched
      for (PolicyConfig policy : List.of(ppo, grpo)) {
        try (Workspace own = new Workspace(pool)) {
          Decoder tuned = untouched.copy(own);
          policy
              .optimization(
                  List.of(
                      new WeightedReward("proxy", 1, learned), new WeightedReward("gold", 0, gold)),
                  sampler,
                  OnlineOptions.USUAL.withOwnTrunk())
              .train(tuned, untouched, prompts, policy.algorithm(), journal, key.child("policy"));
          figures.put(policy.algorithm(), test.figures(tuned, accuracy));
        }
      }

      // 3. the pairs themselves, without the reward model
      try (Workspace own = new Workspace(pool)) {
        Decoder tuned = untouched.copy(own);
        align
            .by(loss)
            .train(
                tuned,
                labelled.training().referenced(untouched, pool, AT_ONCE),
                pool,
                loss.getClass().getSimpleName(),
                journal,
                key.child("align"));
        figures.put(loss.toString(), test.figures(tuned, accuracy));
      }
    }
    return new Outcome(figures);
  }

  /** Continuations of held-out openings, and what the untouched model makes of them. */
  private record Test(Decoder untouched, List<String> prompts, Sampler sampler, RandomKey key) {
    SequencedMap<String, Double> figures(Decoder tuned, double accuracy) {
      List<Sample> before = sampler.sample(untouched, prompts, key.child("before"));
      List<Sample> after = sampler.sample(tuned, prompts, key.child("after"));
      SequencedMap<String, Double> figures = new LinkedHashMap<>();
      figures.put("gold reward before", Rows.mean(mood(before)));
      figures.put("gold reward after", Rows.mean(mood(after)));
      figures.put("KL, nats", logLikelihood(tuned, after) - logLikelihood(untouched, after));
      figures.put("perplexity ratio", perplexity(after) / perplexity(before));
      figures.put("reward model's held-out accuracy", accuracy);
      return figures;
    }

    /** exp of the mean negative log-likelihood of a token under the untouched model. */
    private double perplexity(List<Sample> samples) {
      double tokens = samples.stream().mapToInt(Sample::length).average().orElseThrow();
      return Math.exp(-logLikelihood(untouched, samples) / tokens);
    }

    /** Mean over samples of the log-likelihood of the whole. */
    private double logLikelihood(Decoder decoder, List<Sample> samples) {
      List<Dialogue> dialogues = Sample.dialogues(samples);
      return Likelihoods.ofCompletions(decoder, dialogues, 1, sampler.pool(), AT_ONCE).stream()
          .mapToDouble(Rows::sum)
          .average()
          .orElseThrow();
    }
  }
}
