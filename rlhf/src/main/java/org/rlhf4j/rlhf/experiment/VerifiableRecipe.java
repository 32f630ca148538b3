package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.KlCoefficient;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.verify.ExactMatch;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/**
 * Problems whose answers a program checks: a policy imitates solutions for a while, then learns
 * from nothing but how right its own answers are.
 *
 * @param about what the recipe shows, in a sentence
 * @param sft imitation of solutions, to begin with
 */
public record VerifiableRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    TuningConfig sft,
    RewardsConfig rewards,
    PolicyConfig policy)
    implements Recipe {
  private static final int SAMPLED_AT_ONCE = 256;

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Template template = Template.plain(new ByteTokenizer());
    ProblemsConfig.Drawn drawn = problems.draw(key.child("problems"));
    int longest = drawn.longestAnswer(template);
    Sampler sampler =
        new Sampler(template, Sampling.at(policy.temperature()), longest, SAMPLED_AT_ONCE, pool);
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
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
      evaluate("sft", reference, drawn.heldOut(), sampler, key, figures);

      Decoder learned = reference.copy(workspace);
      PolicyGradient algorithm = policy.gradient(longest);
      new PolicyOptimization(
              algorithm,
              KlCoefficient.of(algorithm),
              rewards.of(drawn.training()),
              sampler,
              policy.online())
          .train(
              learned,
              reference,
              drawn.training().stream().map(Problem::prompt).toList(),
              "policy",
              journal,
              key.child("policy"));
      evaluate("rl", learned, drawn.heldOut(), sampler, key, figures);
    }
    return new Outcome(new LinkedHashMap<>(Map.of(policy.algorithm(), figures)));
  }

  /** Puts the fraction of right answers, of the most probable ones and of samples. */
  private static void evaluate(
      String stage,
      Decoder policy,
      List<Problem> heldOut,
      Sampler sampler,
      RandomKey key,
      Map<String, Double> figures) {
    List<String> prompts = heldOut.stream().map(Problem::prompt).toList();
    Reward right = Reward.verifiable(heldOut, new ExactMatch());
    RandomKey own = key.child("evaluate").child(stage);
    figures.put(
        "exact match after " + stage,
        Rows.mean(right.of(sampler.greedy().sample(policy, prompts, own))));
    figures.put(
        "of samples after " + stage, Rows.mean(right.of(sampler.sample(policy, prompts, own))));
  }
}
