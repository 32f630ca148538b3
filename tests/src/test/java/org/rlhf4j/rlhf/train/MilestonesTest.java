package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.TrainingState;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.DialogueTokens;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.offline.PreferenceOptimization;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.online.OnlineConfig;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.scoring.PairObjective;
import org.rlhf4j.rlhf.scoring.RatedPair;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/** A stage that was interrupted ends with the bits of one that was not. */
class MilestonesTest {
  private static final RandomKey KEY = new RandomKey(5);
  private static final int STEPS = 10;
  private static final List<Dialogue> EXAMPLES =
      List.of(
          new Dialogue(new int[] {1, 2}, new int[] {3, 4}),
          new Dialogue(new int[] {1}, new int[] {5}),
          new Dialogue(new int[] {1, 6, 2}, new int[] {7, 8, 3}),
          new Dialogue(new int[] {1}, new int[] {6, 3}));

  @TempDir private Path folder = Path.of("");

  /** What pulls the plug. */
  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private Path state() {
    return folder.resolve("state.safetensors");
  }

  private Milestones saving() {
    return new Milestones(List.of(), List.of(new Milestones.Save(3, state())));
  }

  /** Saves every third step; the power goes in the evaluation after the eighth. */
  private Milestones cut() {
    int[] measured = new int[1];
    return new Milestones(
        List.of(
            new Milestones.Evaluation(
                1,
                () -> {
                  measured[0]++;
                  if (measured[0] == 8) {
                    throw new PowerCut();
                  }
                  return java.util.Map.of();
                })),
        saving().saves());
  }

  private Journal journal() {
    return new Journal(folder.resolve("metrics.jsonl"));
  }

  /** A stage on a policy that begins the same each time. */
  private interface Stage {
    void train(Decoder policy, Decoder reference, Milestones milestones, Journal journal);
  }

  private void resumes(DecoderConfig config, org.rlhf4j.tensor.Workspace workspace, Stage stage) {
    Decoder reference = Tiny.decoder(config, workspace);
    Decoder whole = reference.copy(workspace);
    stage.train(whole, reference, Milestones.NONE, journal());
    Decoder interrupted = reference.copy(workspace);
    assertThrows(PowerCut.class, () -> stage.train(interrupted, reference, cut(), journal()));
    assertEquals(6, TrainingState.done(state()));
    Decoder resumed = reference.copy(workspace);
    Journal rest = new Journal(folder.resolve("rest.jsonl"));
    stage.train(resumed, reference, saving(), rest);
    assertEquals(
        IntStream.range(6, STEPS).boxed().toList(),
        rest.entries().stream().map(Journal.Entry::step).toList());
    for (int i = 0; i < whole.parameters().size(); i++) {
      String name = whole.parameters().get(i).name();
      double[] expected = whole.parameters().get(i).value().toDoubles();
      assertTrue(Arrays.equals(expected, resumed.parameters().get(i).value().toDoubles()), name);
    }
  }

  @Test
  void fineTuningGoesOnWhereItSavedItself() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) ->
            resumes(
                Tiny.LLAMA,
                workspace,
                (policy, _, milestones, journal) ->
                    new FineTuning(STEPS, 2, 1e-2)
                        .train(
                            policy, EXAMPLES, pool, "sft", journal, KEY, _ -> false, milestones)));
  }

  @Test
  void directAlignmentGoesOnWhereItSavedItself() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) ->
            resumes(
                Tiny.LLAMA,
                workspace,
                (policy, reference, milestones, journal) ->
                    new PreferenceOptimization(new Dpo(0.1), STEPS, 2, 2, 1e-2)
                        .train(
                            policy,
                            ReferencedPair.of(
                                List.of(
                                    new PreferencePair(EXAMPLES.get(1), EXAMPLES.get(3)),
                                    new PreferencePair(EXAMPLES.get(0), EXAMPLES.get(2))),
                                new double[2],
                                new double[2],
                                reference,
                                pool,
                                4),
                            pool,
                            "dpo",
                            journal,
                            KEY,
                            milestones)));
  }

  /** The head is saved beside the body. */
  @Test
  void rewardModelingGoesOnWhereItSavedItself() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) ->
            resumes(
                Tiny.LLAMA,
                workspace,
                (body, _, milestones, journal) -> {
                  ParameterScope scope = ParameterScope.root(workspace, KEY).child("head");
                  RewardModel model =
                      new RewardModel(body, new ScalarHead(scope, body.config().width()));
                  new RewardModeling(STEPS, 2, 1, 1e-2)
                      .train(
                          model.parameters(),
                          RatedPair.unrated(
                              List.of(
                                  new PreferencePair(EXAMPLES.get(1), EXAMPLES.get(3)),
                                  new PreferencePair(EXAMPLES.get(0), EXAMPLES.get(2)))),
                          new PairObjective(model, new RewardModelLoss(0.01), 0),
                          RatedPair::length,
                          "accuracy",
                          pool,
                          "reward",
                          journal,
                          KEY,
                          milestones);
                }));
  }

  /** With a critic of its own body, which is saved too. */
  @Test
  void policyOptimizationGoesOnWhereItSavedItself() throws Exception {
    WordTokenizer words = WordTokenizer.of(List.of("= go red green blue"));
    Reward red =
        samples ->
            samples.stream().mapToDouble(s -> s.text().strip().startsWith("red") ? 1 : 0).toArray();
    Tiny.on(
        "simd",
        (pool, workspace) ->
            resumes(
                DecoderConfig.llama(words.vocabularySize(), 16, 8, 2, 2, 2, 16),
                workspace,
                (policy, reference, milestones, journal) ->
                    new PolicyOptimization(
                            PolicyGradient.ppo(0.1),
                            new KlController.Fixed(0.1),
                            List.of(new WeightedReward("red", 1, red)),
                            new Sampler(Template.plain(words), Sampling.at(1), 2, 64, pool),
                            OnlineConfig.of(STEPS, 4, 4, 1e-2),
                            OnlineOptions.USUAL.withOwnTrunk().with(milestones))
                        .train(policy, reference, List.of("go", "red go"), "ppo", journal, KEY)));
  }

  @Test
  void whatRemembersMoreThanWeightsIsNotSaved() {
    assertThrows(
        IllegalArgumentException.class,
        () -> OnlineOptions.USUAL.withReferenceEvery(2).with(saving()));
  }

  /** The figures of the step that is about to learn from the same examples, at another weight. */
  @Test
  void evaluationsAreWrittenDownWhenTheyAreDue() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = Tiny.decoder(Tiny.LLAMA, workspace);
          List<DialogueTokens> all = List.of(DialogueBatch.of(EXAMPLES));
          Milestones.Evaluation evaluation =
              new Milestones.Evaluation(2, () -> Trainer.measure(all, new Imitation(policy), pool));
          Journal journal = journal();
          new FineTuning(5, 4, 1e-2)
              .train(
                  policy,
                  EXAMPLES,
                  pool,
                  "sft",
                  journal,
                  KEY,
                  _ -> false,
                  new Milestones(List.of(evaluation), List.of()));
          List<Journal.Entry> entries = journal.entries();
          for (int step = 0; step < 5; step++) {
            assertEquals(
                step % 2 == 1, entries.get(step).metrics().containsKey("eval/nll"), "step " + step);
          }
          for (int step : new int[] {1, 3}) {
            assertEquals(
                entries.get(step + 1).metrics().get("nll"),
                entries.get(step).metrics().get("eval/nll"),
                1e-12);
          }
          assertTrue(Files.notExists(state()));
        });
  }
}
