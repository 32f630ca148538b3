package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.evaluate.Calibration;
import org.rlhf4j.rlhf.evaluate.Correlation;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.RewardEnsemble;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.scoring.Graded;
import org.rlhf4j.rlhf.scoring.OutcomeObjective;
import org.rlhf4j.rlhf.scoring.PairObjective;
import org.rlhf4j.rlhf.scoring.ProcessObjective;
import org.rlhf4j.rlhf.scoring.Ranking;
import org.rlhf4j.rlhf.scoring.RankingObjective;
import org.rlhf4j.rlhf.scoring.RatedPair;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.rlhf.scoring.StepModel;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/**
 * Every kind of reward model learns the mood of stories from the same answers, each from the labels
 * of its kind.
 *
 * @param about what the recipe shows, in a sentence
 * @param prompts whose answers are labelled
 * @param answers to each; even
 * @param sharpness of the labeller: how many logits a unit of the gold reward is
 * @param marginScale logits that a unit of a rating asks for
 * @param centring weight of the penalty that holds rewards around zero
 * @param members of the ensemble
 */
public record RewardModelsRecipe(
    String about,
    StoriesConfig stories,
    int prompts,
    int answers,
    double sharpness,
    RewardModelConfig rewardModel,
    double marginScale,
    double centring,
    int members)
    implements Recipe {
  private static final int AT_ONCE = 64;
  private static final int BINS = 10;

  public RewardModelsRecipe {
    Check.positive("prompts", prompts);
    Check.positive("answers", answers);
    Check.positive("members", members);
    Check.positive("sharpness", sharpness);
    if (answers % 2 != 0 || prompts > stories.examples()) {
      throw new IllegalArgumentException(
          "answers must be even and prompts at most stories.examples, got %d and %d of %d"
              .formatted(answers, prompts, stories.examples()));
    }
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    try (Workspace workspace = new Workspace(pool)) {
      StoriesConfig.Told told = stories.tell(workspace, journal, key);
      RankedAnswers labelled =
          draw(told, told.prompts().subList(0, prompts), key.child("labelled"));
      RankedAnswers heldOut = draw(told, told.heldOutPrompts(), key.child("test"));
      var tokenizer = told.sampler().template().tokenizer();
      Bench bench = new Bench(told, labelled, heldOut, pool, journal, key);

      SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
      List<double[]> ensemble = new ArrayList<>();
      for (int member = 0; member < members; member++) {
        ensemble.add(bench.pairs("member " + member, new RewardModelLoss(), 0));
      }
      figures.put("Bradley-Terry", bench.figures(ensemble.getFirst()));
      figures.put(
          "with margin", bench.figures(bench.pairs("margin", new RewardModelLoss(), marginScale)));
      figures.put(
          "with centring",
          bench.figures(bench.pairs("centring", new RewardModelLoss(centring), 0)));
      figures.put(
          "K-wise, Plackett-Luce",
          bench.figures(bench.rankings("plackett-luce", PlackettLuceLoss::losses)));
      figures.put(
          "K-wise, all pairs", bench.figures(bench.rankings("all pairs", PairBalancing::losses)));
      figures.put("outcome", bench.figures(bench.outcomes(labelled.graded(tokenizer))));
      figures.put(
          "process",
          bench.figures(bench.process(labelled.graded(tokenizer), heldOut.graded(tokenizer))));
      figures.put("ensemble, mean", bench.figures(combined(ensemble, new RewardEnsemble.Mean())));
      figures.put(
          "ensemble, worst case", bench.figures(combined(ensemble, new RewardEnsemble.Minimum())));
      return new Outcome(figures);
    }
  }

  private RankedAnswers draw(StoriesConfig.Told told, List<String> asked, RandomKey key) {
    return RankedAnswers.draw(
        told.policy(), asked, answers, told.sampler(), StoriesConfig.mood(), sharpness, key);
  }

  private static double[] combined(List<double[]> members, RewardEnsemble how) {
    double[] combined = new double[members.getFirst().length];
    for (int i = 0; i < combined.length; i++) {
      int answer = i;
      combined[i] = how.combine(members.stream().mapToDouble(scores -> scores[answer]).toArray());
    }
    return combined;
  }

  /** Trains models on the labelled answers; a model's scores are those of the held-out ones. */
  private final class Bench {
    private final StoriesConfig.Told told;
    private final RankedAnswers labelled;
    private final RankedAnswers heldOut;
    private final Pool pool;
    private final Journal journal;
    private final RandomKey key;

    Bench(
        StoriesConfig.Told told,
        RankedAnswers labelled,
        RankedAnswers heldOut,
        Pool pool,
        Journal journal,
        RandomKey key) {
      this.told = told;
      this.labelled = labelled;
      this.heldOut = heldOut;
      this.pool = pool;
      this.journal = journal;
      this.key = key;
    }

    double[] pairs(String stage, RewardModelLoss loss, double scale) {
      return scores(
          stage,
          labelled.pairs(),
          model -> new PairObjective(model, loss, scale),
          RatedPair::length,
          "accuracy");
    }

    double[] rankings(String stage, UnaryOperator<Variable> losses) {
      return scores(
          stage,
          labelled.rankings(),
          model -> new RankingObjective(model, losses),
          Ranking::length,
          "accuracy");
    }

    double[] outcomes(List<Graded> graded) {
      return scores("outcome", graded, OutcomeObjective::new, g -> g.dialogue().length(), "loss");
    }

    double[] process(List<Graded> graded, List<Graded> test) {
      try (Workspace own = new Workspace(pool)) {
        StepModel model = StepModel.start(told.policy(), own, key.child("process"));
        rewardModel
            .training()
            .train(
                model.parameters(),
                graded,
                new ProcessObjective(model),
                g -> g.dialogue().length(),
                "loss",
                pool,
                "process",
                journal,
                key.child("process").child("order"));
        return model.score(test, pool, AT_ONCE);
      }
    }

    private <T> double[] scores(
        String stage,
        List<T> labels,
        Function<RewardModel, Objective<List<T>>> objective,
        ToLongFunction<T> tokens,
        String figure) {
      try (Workspace own = new Workspace(pool)) {
        RewardModel model = RewardModeling.start(told.policy(), own, key.child(stage));
        rewardModel
            .training()
            .train(
                model.parameters(),
                labels,
                objective.apply(model),
                tokens,
                figure,
                pool,
                stage,
                journal,
                key.child(stage).child("order"));
        return model.score(heldOut.dialogues(), pool, AT_ONCE);
      }
    }

    /** What scores of the held-out answers are worth; neighbours are a couple. */
    SequencedMap<String, Double> figures(double[] scores) {
      List<RankedAnswers.Couple> couples = heldOut.couples();
      double[] probabilities = new double[couples.size()];
      boolean[] preferred = new boolean[couples.size()];
      double right = 0;
      int untied = 0;
      for (int i = 0; i < probabilities.length; i++) {
        double gap = scores[2 * i] - scores[2 * i + 1];
        double goldGap = couples.get(i).goldGap();
        probabilities[i] = LogSpace.sigmoid(gap);
        preferred[i] = couples.get(i).firstPreferred();
        untied += goldGap != 0 ? 1 : 0;
        right += gap * goldGap > 0 ? 1 : 0;
      }
      SequencedMap<String, Double> figures = new LinkedHashMap<>();
      figures.put("held-out accuracy", right / untied);
      figures.put("correlation with gold", Correlation.pearson(scores, heldOut.golds()));
      figures.put("calibration error", Calibration.expectedError(probabilities, preferred, BINS));
      figures.put("mean reward", Rows.mean(scores));
      return figures;
    }
  }
}
