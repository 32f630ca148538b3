package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.experiment.RecipeFile;
import org.rlhf4j.rlhf.offline.PreferenceObjective;
import org.rlhf4j.rlhf.offline.PreferenceOptimization;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.scoring.RatedPair;
import org.rlhf4j.rlhf.train.Order;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j dpo}. */
@Command(
    name = "dpo",
    description = {
      "Direct alignment: learns from pairs without a reward model, by any loss of the family.",
      "Data: {\"prompt\": \"..\", \"chosen\": \"..\", \"rejected\": \"..\"}, perhaps \"margin\": 1.5"
    },
    mixinStandardHelpOptions = true)
final class DpoCommand implements Callable<Integer> {
  private static final int AT_ONCE = 16;

  @Mixin private StageOptions options = new StageOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private EvaluationOptions evaluation = new EvaluationOptions();

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      description =
          "Such as Ipo, with the coefficients of the recipe direct-alignment, or '{Ipo: {beta: 0.3,"
              + " length: SUM}}' (default: ${DEFAULT-VALUE}).")
  private String loss = "Dpo";

  @Override
  public Integer call() {
    List<JsonLines.Comparison> comparisons = JsonLines.comparisons(training.data);
    List<JsonLines.Comparison> heldOut =
        evaluation.data.stream().flatMap(file -> JsonLines.comparisons(file).stream()).toList();
    PreferenceLoss chosenLoss = RecipeFile.loss(loss);
    PreferenceOptimization optimization =
        new PreferenceOptimization(
            chosenLoss, training.epochs, training.batchSize, AT_ONCE, training.learningRate);
    return options.run(model -> {
      StageOptions.Opened opened = training.learner(model);
      List<RatedPair> rated = Comparisons.rated(comparisons, opened);
      List<RatedPair> measured = Comparisons.rated(heldOut, opened);
      Path folder = training.folder("dpo");
      List<ReferencedPair> pairs = referenced(rated, opened);
      List<List<ReferencedPair>> others = Order.parts(referenced(measured, opened), AT_ONCE);
      optimization.train(
          opened.decoder(),
          pairs,
          opened.pool(),
          "dpo",
          training.journal(folder),
          opened.key().child("dpo"),
          training.milestones(
              folder,
              evaluation.of(
                  others, new PreferenceObjective(opened.decoder(), chosenLoss), opened.pool())));
      opened.save(folder);
      training.done(folder);
    });
  }

  /** {@return the pairs, judged by the model as it was opened} */
  private static List<ReferencedPair> referenced(
      List<RatedPair> rated, StageOptions.Opened opened) {
    return ReferencedPair.of(
        rated.stream().map(RatedPair::pair).toList(),
        rated.stream().mapToDouble(RatedPair::margin).toArray(),
        new double[rated.size()],
        opened.decoder(),
        opened.pool(),
        AT_ONCE);
  }
}
