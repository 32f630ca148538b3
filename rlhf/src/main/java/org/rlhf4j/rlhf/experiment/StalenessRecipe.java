package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.Asynchrony;
import org.rlhf4j.rlhf.online.KlCoefficient;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.verify.ExactMatch;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/**
 * The same optimisation with completions from a thread that samples ahead, from weights of several
 * ages, with and without truncated importance weights.
 *
 * @param about what the recipe shows, in a sentence
 * @param stalenesses iterations by which the sampler's weights are older than the learner's
 * @param cap at which an importance weight of a token is cut
 */
public record StalenessRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    TuningConfig sft,
    PolicyConfig policy,
    List<Integer> stalenesses,
    double cap)
    implements Recipe {
  private static final int SAMPLED_AT_ONCE = 256;
  private static final int SAMPLER_THREADS = 1;
  private static final int LATE = 5; // iterations of which the last rewards are averaged

  public StalenessRecipe {
    stalenesses = List.copyOf(stalenesses);
    stalenesses.forEach(staleness -> Check.notNegative("stalenesses", staleness));
    Check.positive("cap", cap);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Template template = Template.plain(new ByteTokenizer());
    ProblemsConfig.Drawn drawn = problems.draw(key.child("problems"));
    int longest = drawn.longestAnswer(template);
    Sampler sampler =
        new Sampler(template, Sampling.at(policy.temperature()), longest, SAMPLED_AT_ONCE, pool);
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder reference =
          model.decoder(template.tokenizer().vocabularySize(), workspace, key.child("model"));
      sft.tune(
          reference,
          drawn.training().stream().map(p -> template.dialogue(p.example())).toList(),
          pool,
          "sft",
          journal,
          key.child("sft"));
      for (int staleness : stalenesses) {
        List<List<OffPolicyCorrection>> corrections = new ArrayList<>(List.of(List.of()));
        if (staleness > 0) {
          corrections.add(
              List.of(
                  new OffPolicyCorrection(
                      OffPolicyCorrection.Level.TOKEN, new OffPolicyCorrection.Truncated(cap))));
        }
        for (List<OffPolicyCorrection> correction : corrections) {
          String stage = "staleness " + staleness + (correction.isEmpty() ? "" : " weighted");
          try (Workspace own = new Workspace(pool)) {
            Decoder learned = reference.copy(own);
            train(
                new Asynchrony(staleness, SAMPLER_THREADS, correction),
                learned,
                reference,
                drawn.training(),
                sampler,
                stage,
                journal,
                key.child("policy"));
            figures.put(stage, row(stage, journal, learned, drawn.heldOut(), sampler, key));
          }
        }
      }
    }
    return new Outcome(figures);
  }

  private void train(
      Asynchrony asynchrony,
      Decoder learned,
      Decoder reference,
      List<Problem> training,
      Sampler sampler,
      String stage,
      Journal journal,
      RandomKey key) {
    PolicyGradient algorithm = policy.gradient(sampler.maxNewTokens());
    new PolicyOptimization(
            algorithm,
            KlCoefficient.of(algorithm),
            List.of(new WeightedReward("exact", 1, Reward.verifiable(training, new ExactMatch()))),
            sampler,
            policy.online(),
            OnlineOptions.USUAL.with(asynchrony))
        .train(
            learned,
            reference,
            training.stream().map(Problem::prompt).toList(),
            stage,
            journal,
            key);
  }

  private static SequencedMap<String, Double> row(
      String stage,
      Journal journal,
      Decoder learned,
      List<Problem> heldOut,
      Sampler sampler,
      RandomKey key) {
    List<Journal.Entry> entries =
        journal.entries().stream().filter(entry -> entry.stage().equals(stage)).toList();
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put(
        "exact match after rl",
        Rows.mean(
            Reward.verifiable(heldOut, new ExactMatch())
                .of(
                    sampler
                        .greedy()
                        .sample(
                            learned,
                            heldOut.stream().map(Problem::prompt).toList(),
                            key.child("evaluate")))));
    row.put("reward of all iterations", mean(entries, "reward/mean"));
    row.put(
        "reward of the last five",
        mean(entries.subList(Math.max(0, entries.size() - LATE), entries.size()), "reward/mean"));
    row.put(
        "clipped tokens", mean(entries, "clip_fraction/low") + mean(entries, "clip_fraction/high"));
    return row;
  }

  private static double mean(List<Journal.Entry> entries, String metric) {
    return Rows.mean(
        entries.stream().mapToDouble(e -> e.metrics().getOrDefault(metric, 0.0)).toArray());
  }
}
