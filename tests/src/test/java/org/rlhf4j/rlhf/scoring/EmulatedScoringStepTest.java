package org.rlhf4j.rlhf.scoring;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.DeviceStep;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;

/** A step of every kind of reward model on emulated CUDA, against double precision. */
class EmulatedScoringStepTest {
  private static final RandomKey KEY = new RandomKey(2);

  private static Decoder decoder(Workspace workspace) {
    return Tiny.decoder(DecoderConfig.llama(8, 16, 8, 1, 2, 2, 16), workspace);
  }

  private static <T> void assertAgrees(
      Function<RewardModel, Objective<List<T>>> objective, List<T> labels) throws Exception {
    DeviceStep.assertAgreesAndWaitsOnce((_, workspace) -> {
      RewardModel model = RewardModeling.start(decoder(workspace), workspace, KEY);
      // a ranking says nothing about the last, the constant: its gradient is rounding
      List<Parameter> parameters = model.parameters().subList(0, model.parameters().size() - 1);
      return DeviceStep.Training.of(
          parameters, Order.parts(labels, 4), objective.apply(model), workspace);
    });
  }

  @Test
  void pairs() throws Exception {
    assertAgrees(m -> new PairObjective(m, new RewardModelLoss(0.1), 0.5), Labels.pairs());
  }

  @Test
  void rankings() throws Exception {
    assertAgrees(m -> new RankingObjective(m, PlackettLuceLoss::losses), ScoringTest.rankings());
    assertAgrees(m -> new RankingObjective(m, PairBalancing::losses), ScoringTest.rankings());
  }

  @Test
  void outcomes() throws Exception {
    assertAgrees(OutcomeObjective::new, ScoringTest.graded().subList(0, 8));
  }

  @Test
  void steps() throws Exception {
    DeviceStep.assertAgreesAndWaitsOnce((_, workspace) -> {
      StepModel model = StepModel.start(decoder(workspace), workspace, KEY);
      return DeviceStep.Training.of(
          model.parameters(),
          Order.parts(ScoringTest.graded().subList(0, 8), 4),
          new ProcessObjective(model),
          workspace);
    });
  }
}
