package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.AdvantagesAndReturns;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.policy.Whitening;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Stage 5a: proximal policy optimisation against the learned reward model. A value head stands on
 * the policy's body; the reference is the tuned policy. All arrays of a rollout are aligned with
 * the tokens of its completion.
 */
final class ProximalPolicy {
  static final String NAME = "ppo";

  private final Run run;
  private final DemoConfig.Ppo config;
  private final Decoder policy;
  private final ScalarHead valueHead;
  private final Decoder reference;
  private final RewardModel rewardModel;

  private ProximalPolicy(Run run, Decoder reference, RewardModel rewardModel) {
    this.run = run;
    this.config = run.config().ppo();
    this.policy = reference.copy(run.workspace());
    this.valueHead =
        new ScalarHead(
            ParameterScope.root(run.workspace(), run.key().child(NAME)).child("valueHead"),
            reference.config().width());
    this.reference = reference;
    this.rewardModel = rewardModel;
  }

  /** One completion with everything that its update needs, [token] each. */
  private record Rollout(
      Dialogue dialogue,
      double[] logprobs,
      double[] referenceLogprobs,
      double[] values,
      double[] advantages,
      double[] returns) {
    Rollout withAdvantages(double[] other) {
      return new Rollout(dialogue, logprobs, referenceLogprobs, values, other, returns);
    }
  }

  /** Log-probabilities and values of a dialogue's completion, [token]. */
  private record Judgement(double[] logprobs, double[] values) {}

  static Decoder run(Run run, Decoder reference, RewardModel rewardModel) {
    return new ProximalPolicy(run, reference, rewardModel).optimise();
  }

  private Decoder optimise() {
    RandomKey key = run.key().child(NAME);
    int updates =
        config.iterations() * config.epochs() * Math.ceilDiv(config.rollouts(), config.batchSize());
    List<Parameter> parameters = new ArrayList<>(policy.parameters());
    parameters.addAll(valueHead.parameters());
    double[] center = scoresOfTheReference(key.child("center"));
    try (Workspace workspace = new Workspace(run.pool());
        Progress progress = new Progress(NAME, config.iterations())) {
      Trainer trainer =
          new Trainer(
              parameters,
              AdamW.Config.TUNING,
              new Schedule(config.learningRate(), 0, updates, 0.1, Schedule.Decay.LINEAR),
              1,
              workspace);
      for (int iteration = 0; iteration < config.iterations(); iteration++) {
        RandomKey iterationKey = key.child(iteration);
        Map<String, Double> metrics = new LinkedHashMap<>();
        List<Rollout> rollouts = rollOut(iterationKey, center, metrics);
        update(trainer, rollouts, iterationKey, metrics);
        run.journal().log(NAME, iteration, metrics);
        progress.step(
            rollouts.stream().mapToLong(r -> r.dialogue().length()).sum(),
            "reward",
            metrics.getOrDefault("reward", 0.0));
      }
    }
    return policy;
  }

  /**
   * A preference says nothing of r + constant: rewards are shifted and scaled by the reference's.
   */
  private double[] scoresOfTheReference(RandomKey key) {
    List<Sampler.Sample> samples = Sampler.sample(run, reference, prompts(key), key);
    double[] scores = score(samples);
    double mean = Rows.mean(scores);
    double squares = 0;
    for (double score : scores) {
      squares += (score - mean) * (score - mean) / scores.length;
    }
    return new double[] {mean, Math.sqrt(squares) + 1e-6};
  }

  private double[] score(List<Sampler.Sample> samples) {
    return rewardModel.score(
        Sampler.dialogues(samples), run.pool(), run.config().sampling().batchSize());
  }

  private List<String> prompts(RandomKey key) {
    RandomGenerator random = key.child("prompts").generator();
    List<Example> examples = run.task().examples();
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < config.rollouts(); i++) {
      prompts.add(examples.get(random.nextInt(examples.size())).prompt());
    }
    return prompts;
  }

  /** Samples, scores, and works out rewards, advantages and returns. */
  private List<Rollout> rollOut(RandomKey key, double[] center, Map<String, Double> metrics) {
    // 1. answers of the policy, and how the reward model likes them
    List<Sampler.Sample> samples = Sampler.sample(run, policy, prompts(key), key.child("samples"));
    double[] scores = score(samples);
    // 2. log-probabilities by policy and reference, and values, at the sampling temperature
    List<Judgement> mine = judge(policy, samples);
    List<Judgement> theirs = judge(reference, samples);
    // 3. the score at the last token, the KL penalty at every token, then GAE
    List<Rollout> rollouts = new ArrayList<>();
    double kl = 0;
    double finished = 0;
    double gold = 0;
    for (int i = 0; i < scores.length; i++) {
      Dialogue dialogue = samples.get(i).dialogue();
      boolean[] mask = new boolean[dialogue.completion().length];
      Arrays.fill(mask, true);
      double[] logprobs = mine.get(i).logprobs();
      double[] referenceLogprobs = theirs.get(i).logprobs();
      double score =
          (scores[i] - center[0]) / center[1]
              - (samples.get(i).finished() ? 0 : config.missingEndPenalty());
      double[] rewards =
          new KlInReward(config.klCoefficient()).rewards(score, logprobs, referenceLogprobs, mask);
      AdvantagesAndReturns estimate =
          new Gae(config.gamma(), config.lambda()).estimate(rewards, mine.get(i).values(), mask);
      rollouts.add(
          new Rollout(
              dialogue,
              logprobs,
              referenceLogprobs,
              mine.get(i).values(),
              estimate.advantages(),
              estimate.returns()));
      kl += (Rows.sum(logprobs) - Rows.sum(referenceLogprobs)) / scores.length;
      finished += samples.get(i).finished() ? 1.0 / scores.length : 0;
      gold += PreferenceCollection.gold(run, samples.get(i)) / scores.length;
    }
    metrics.put("reward", (Rows.mean(scores) - center[0]) / center[1]);
    metrics.put("gold", gold);
    metrics.put("kl", kl);
    metrics.put("finished", finished);
    metrics.put(
        "length",
        rollouts.stream().mapToInt(r -> r.dialogue().completion().length).average().orElse(0));
    return rollouts;
  }

  private List<Judgement> judge(Decoder decoder, List<Sampler.Sample> samples) {
    int batchSize = run.config().sampling().batchSize();
    List<Judgement> judgements = new ArrayList<>();
    for (int from = 0; from < samples.size(); from += batchSize) {
      List<Dialogue> part =
          Sampler.dialogues(samples.subList(from, Math.min(samples.size(), from + batchSize)));
      DialogueBatch batch = DialogueBatch.of(part);
      int time = batch.ids()[0].length;
      try (Tape tape = Tape.noGrad(run.pool())) {
        Variable hidden = decoder.hidden(tape, batch.tokens(), Mode.EVALUATION);
        double[] logprobs = logprobs(decoder, hidden, batch).value().toDoubles();
        double[] values = valueHead.apply(hidden).value().toDoubles();
        for (int i = 0; i < part.size(); i++) {
          int first = part.get(i).prompt().length - 1;
          int length = part.get(i).completion().length;
          judgements.add(
              new Judgement(
                  Arrays.copyOfRange(
                      logprobs, i * (time - 1) + first, i * (time - 1) + first + length),
                  Arrays.copyOfRange(values, i * time + first, i * time + first + length)));
        }
      }
    }
    return judgements;
  }

  private Variable logprobs(Decoder decoder, Variable hidden, DialogueBatch batch) {
    return NextToken.logprobs(
        decoder.logits(hidden), batch.ids(), run.config().sampling().temperature());
  }

  /** Several passes over the rollouts in random batches, with the clipped losses. */
  private void update(
      Trainer trainer, List<Rollout> rollouts, RandomKey key, Map<String, Double> metrics) {
    List<Rollout> whitened = whiten(rollouts);
    Map<String, Double> last = Map.of();
    for (int epoch = 0; epoch < config.epochs(); epoch++) {
      for (List<Rollout> batch :
          Order.batches(whitened, config.batchSize(), key.child("epoch").child(epoch))) {
        last = trainer.step(List.of(batch), this::loss);
      }
    }
    metrics.putAll(last);
  }

  private static List<Rollout> whiten(List<Rollout> rollouts) {
    double[][] values = rollouts.stream().map(Rollout::advantages).toArray(double[][]::new);
    boolean[][] mask = new boolean[values.length][];
    for (int i = 0; i < values.length; i++) {
      mask[i] = new boolean[values[i].length];
      Arrays.fill(mask[i], true);
    }
    double[][] whitened = Whitening.ofAdvantages().apply(values, mask);
    List<Rollout> result = new ArrayList<>();
    for (int i = 0; i < whitened.length; i++) {
      result.add(rollouts.get(i).withAdvantages(whitened[i]));
    }
    return result;
  }

  private LossOutput loss(Tape tape, List<Rollout> batch) {
    DialogueBatch dialogues = DialogueBatch.of(batch.stream().map(Rollout::dialogue).toList());
    boolean[][] mask = dialogues.predicted();
    Totals totals = Totals.of(mask);
    int time = mask[0].length;
    Variable hidden = policy.hidden(tape, dialogues.tokens(), Mode.EVALUATION);
    LossOutput policyLoss =
        new PolicyLoss(
                ImportanceRatio.TOKEN,
                new ClippedSurrogate(config.clipRange()),
                new NoKl(),
                new Aggregation.TokenMean())
            .apply(
                new PolicyBatch(
                    logprobs(policy, hidden, dialogues),
                    align(batch, time, Rollout::logprobs),
                    align(batch, time, Rollout::advantages),
                    mask),
                totals);
    LossOutput valueLoss =
        new ValueLoss(config.valueClipRange())
            .apply(
                valueHead.apply(hidden).slice(1, 0, time),
                align(batch, time, Rollout::values),
                align(batch, time, Rollout::returns),
                mask,
                totals);
    Map<String, Double> metrics = new LinkedHashMap<>(policyLoss.metrics());
    metrics.putAll(valueLoss.metrics());
    return new LossOutput(
        policyLoss.loss().add(valueLoss.loss().mul(config.valueCoefficient())), metrics);
  }

  /** Rows of a completion's tokens, moved to where the batch predicts those tokens. */
  private static double[][] align(
      List<Rollout> batch, int time, Function<Rollout, double[]> field) {
    double[][] rows = new double[batch.size()][time];
    for (int i = 0; i < rows.length; i++) {
      double[] values = field.apply(batch.get(i));
      System.arraycopy(
          values, 0, rows[i], batch.get(i).dialogue().prompt().length - 1, values.length);
    }
    return rows;
  }
}
