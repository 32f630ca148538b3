package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.evaluate.ConfidenceInterval;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/** Stage 6: every policy answers the same held-out prompts. */
final class Evaluation {
  static final String NAME = "evaluate";
  private static final double NORMAL_95 = 1.959963984540054;

  private Evaluation() {}

  /** {@return a score per policy, in the order of the map} */
  static List<PolicyScore> run(
      Run run, Map<String, Decoder> policies, Decoder reference, RewardModel rewardModel) {
    RandomKey key = run.key().child(NAME);
    List<String> prompts = run.task().heldOutPrompts();
    List<PolicyScore> scores = new ArrayList<>();
    try (Progress progress = new Progress(NAME, policies.size() + 1)) {
      double[] baseline =
          PreferenceCollection.gold(
              run.sampler().sample(reference, prompts, key.child("baseline")));
      progress.step(0, "gold", Rows.mean(baseline));
      for (Map.Entry<String, Decoder> policy : policies.entrySet()) {
        List<Sample> samples =
            run.sampler().sample(policy.getValue(), prompts, key.child(policy.getKey()));
        double[] golds = PreferenceCollection.gold(samples);
        PolicyScore score =
            score(
                run,
                policy.getKey(),
                policy.getValue(),
                reference,
                rewardModel,
                samples,
                golds,
                baseline);
        scores.add(score);
        run.journal()
            .log(
                NAME,
                scores.size(),
                Map.of(
                    policy.getKey() + "_gold", score.gold(),
                    policy.getKey() + "_proxy", score.proxy(),
                    policy.getKey() + "_kl", score.kl(),
                    policy.getKey() + "_win_rate", score.winRate()));
        progress.step(
            samples.stream().mapToLong(s -> s.dialogue().length()).sum(), "gold", score.gold());
      }
    }
    return scores;
  }

  private static PolicyScore score(
      Run run,
      String name,
      Decoder policy,
      Decoder reference,
      RewardModel rewardModel,
      List<Sample> samples,
      double[] golds,
      double[] baseline) {
    int batch = run.config().sampling().batchSize();
    double temperature = run.config().sampling().temperature();
    List<Dialogue> dialogues = Sample.dialogues(samples);
    List<double[]> mine =
        Likelihoods.ofCompletions(policy, dialogues, temperature, run.pool(), batch);
    List<double[]> theirs =
        Likelihoods.ofCompletions(reference, dialogues, temperature, run.pool(), batch);
    double kl = 0;
    for (int i = 0; i < mine.size(); i++) {
      kl += (Rows.sum(mine.get(i)) - Rows.sum(theirs.get(i))) / mine.size();
    }
    WinRate winRate = WinRate.ofScores(golds, baseline);
    return new PolicyScore(
        name,
        Rows.mean(golds),
        gain(golds, baseline),
        Rows.mean(rewardModel.score(dialogues, run.pool(), batch)),
        kl,
        dialogues.stream().mapToInt(d -> d.completion().length).average().orElse(0),
        samples.stream().mapToInt(s -> s.finished() ? 1 : 0).average().orElse(0),
        winRate.rate(),
        winRate.interval(),
        dialogues.stream()
            .limit(run.config().evaluation().shown())
            .map(d -> run.task().tokenizer().decode(d.completion()))
            .toList());
  }

  /** Mean of the paired differences with its normal interval. */
  static ConfidenceInterval gain(double[] golds, double[] baseline) {
    double[] differences = new double[golds.length];
    for (int i = 0; i < golds.length; i++) {
      differences[i] = golds[i] - baseline[i];
    }
    double mean = Rows.mean(differences);
    double squares = 0;
    for (double difference : differences) {
      squares += (difference - mean) * (difference - mean);
    }
    double error = Math.sqrt(squares / Math.max(1, differences.length - 1) / differences.length);
    return new ConfidenceInterval(mean - NORMAL_95 * error, mean + NORMAL_95 * error);
  }
}
