package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * The same optimisation from KL coefficients that are far apart, each once kept and once adapted to
 * a target KL: the adapted ones end at the target wherever they began.
 *
 * @param about what the recipe shows, in a sentence
 * @param klCoefficients to start from; the policy's own is not used
 * @param target KL that is to be held, in nats a story
 * @param horizon episodes over which an error of 1 would double the coefficient
 */
public record AdaptiveKlRecipe(
    String about,
    StoriesConfig stories,
    PolicyConfig policy,
    List<Double> klCoefficients,
    double target,
    double horizon)
    implements Recipe {

  public AdaptiveKlRecipe {
    klCoefficients = List.copyOf(klCoefficients);
    klCoefficients.forEach(beta -> Check.positive("klCoefficients", beta));
    Check.positive("target", target);
    Check.positive("horizon", horizon);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      StoriesConfig.Told told = stories.tell(workspace, journal, key);
      for (double beta : klCoefficients) {
        figures.put(
            "fixed at " + beta,
            row("fixed " + beta, told, new KlController.Fixed(beta), journal, key));
        figures.put(
            "adaptive from " + beta,
            row(
                "adaptive " + beta,
                told,
                new KlController.Adaptive(beta, target, horizon),
                journal,
                key));
      }
    }
    return new Outcome(figures);
  }

  private SequencedMap<String, Double> row(
      String stage,
      StoriesConfig.Told told,
      KlController controller,
      Journal journal,
      RandomKey key) {
    Decoder reference = told.policy();
    try (Workspace own = new Workspace(told.sampler().pool())) {
      new PolicyOptimization(
              policy.gradient(told.sampler().maxNewTokens()),
              controller,
              List.of(new WeightedReward("gold", 1, StoriesConfig.mood())),
              told.sampler(),
              policy.online())
          .train(
              reference.copy(own), reference, told.prompts(), stage, journal, key.child("policy"));
    }
    List<Journal.Entry> entries =
        journal.entries().stream().filter(entry -> entry.stage().equals(stage)).toList();
    List<Journal.Entry> late = entries.subList(entries.size() * 2 / 3, entries.size());
    double kl = mean(late, entry -> entry.metrics().getOrDefault("kl", 0.0));
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("target KL", target);
    row.put("KL of the last third", kl);
    row.put("off the target", Math.abs(kl / target - 1));
    row.put("coefficient at end", entries.getLast().metrics().getOrDefault("kl_coefficient", 0.0));
    row.put(
        "gold of the last third",
        mean(late, entry -> entry.metrics().getOrDefault("reward/mean", 0.0)));
    return row;
  }

  private static double mean(List<Journal.Entry> entries, ToDoubleFunction<Journal.Entry> figure) {
    return Rows.mean(entries.stream().mapToDouble(figure).toArray());
  }
}
