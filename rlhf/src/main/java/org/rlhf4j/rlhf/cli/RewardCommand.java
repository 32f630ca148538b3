package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.scoring.PairObjective;
import org.rlhf4j.rlhf.scoring.RatedPair;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.RewardModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j reward}. */
@Command(
    name = "reward",
    description = {
      "Reward modelling: learns from pairs which answer is better (Bradley-Terry).",
      "Data: {\"prompt\": \"..\", \"chosen\": \"..\", \"rejected\": \"..\"}, perhaps \"margin\": 1.5"
    },
    mixinStandardHelpOptions = true)
final class RewardCommand implements Callable<Integer> {
  private static final int AT_ONCE = 16;

  @Mixin private StageOptions options = new StageOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private EvaluationOptions evaluation = new EvaluationOptions();

  @Option(
      names = "--centring",
      description =
          "Weight of the penalty that holds rewards around 0 (default: ${DEFAULT-VALUE}).")
  private double centring = 0.01;

  @Option(
      names = "--margin-scale",
      description = "Factor of the margins; 0 ignores them (default: ${DEFAULT-VALUE}).")
  private double marginScale = 1;

  @Override
  public Integer call() {
    List<JsonLines.Comparison> comparisons = JsonLines.comparisons(training.data);
    List<JsonLines.Comparison> heldOut =
        evaluation.data.stream().flatMap(file -> JsonLines.comparisons(file).stream()).toList();
    RewardModeling modeling =
        new RewardModeling(training.epochs, training.batchSize, AT_ONCE, training.learningRate);
    RewardModelLoss loss = new RewardModelLoss(centring);
    return options.run(model -> {
      StageOptions.Opened opened = training.learner(model);
      List<RatedPair> pairs = Comparisons.rated(comparisons, opened);
      RewardModel scorer =
          RewardModeling.start(opened.decoder(), opened.workspace(), opened.key().child("start"));
      PairObjective objective = new PairObjective(scorer, loss, marginScale);
      List<List<RatedPair>> others = Order.parts(Comparisons.rated(heldOut, opened), AT_ONCE);
      Path folder = training.folder("reward");
      modeling.train(
          scorer.parameters(),
          pairs,
          objective,
          RatedPair::length,
          "accuracy",
          opened.pool(),
          "reward",
          training.journal(folder),
          opened.key().child("reward"),
          training.milestones(folder, evaluation.of(others, objective, opened.pool())));
      opened.save(scorer, folder);
      training.done(folder);
    });
  }
}
