package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Lora;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.distill.Divergence;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation;
import org.rlhf4j.rlhf.offline.PreferenceOptimization;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.rlhf.select.ExpertIteration;
import org.rlhf4j.rlhf.select.Selection;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;

/** Every trainer on low-rank adapters: they learn, what they stand on stays bit for bit. */
class AdaptedTrainingTest {
  private static final RandomKey KEY = new RandomKey(17);
  private static final Lora LORA = new Lora(2, 4, Lora.ALL);
  private static final Template TEMPLATE = Template.plain(TinyPolicy.WORDS);

  @TempDir private Path folder;

  /** What is trained on, by which trainer. */
  enum Trained {
    FINE_TUNING {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        new FineTuning(4, 2, 1e-2).train(policy, examples(), pool, "sft", journal, KEY);
      }
    },
    EXPERT_ITERATION {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        new ExpertIteration(
                TinyPolicy.sampler(1, 2, 64, pool),
                TinyPolicy.red(),
                4,
                Double.NEGATIVE_INFINITY,
                Selection.TOP_PER_PROMPT,
                new FineTuning(4, 2, 1e-2))
            .round(policy, TinyPolicy.PROMPTS, "round", journal, KEY);
      }
    },
    DIRECT_ALIGNMENT {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        List<ReferencedPair> pairs =
            ReferencedPair.of(pairs(), new double[1], new double[1], base, pool, 4);
        new PreferenceOptimization(new Dpo(0.1), 4, 1, 1, 1e-2)
            .train(policy, pairs, pool, "dpo", journal, KEY);
      }
    },
    ONLINE_PREFERENCES {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        new OnlinePreferenceOptimization(
                new Dpo(0.1),
                Labeller.of(TinyPolicy.red()),
                TinyPolicy.sampler(1, 2, 64, pool),
                OnlinePreferenceConfig.of(4, 16, 1e-2))
            .train(policy, base, TinyPolicy.PROMPTS, "online", journal, KEY);
      }
    },
    SHARED_CRITIC {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        optimise(PolicyGradient.ppo(0.1), OnlineOptions.USUAL, policy, base, pool, journal);
      }
    },
    CRITIC_OF_ITS_OWN {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        OnlineOptions own = OnlineOptions.USUAL.withOwnTrunk();
        optimise(PolicyGradient.ppo(0.1), own, policy, base, pool, journal);
      }
    },
    REFERENCE_THAT_FOLLOWS {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        OnlineOptions following = OnlineOptions.USUAL.withReferenceEvery(2);
        try (Workspace workspace = new Workspace(pool)) {
          Decoder reference = policy.copy(workspace);
          optimise(PolicyGradient.grpo(0.1), following, policy, reference, pool, journal);
        }
      }
    },
    ASYNCHRONOUS {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        OnlineOptions beside = OnlineOptions.USUAL.with(new Asynchrony(1, 1, List.of()));
        optimise(PolicyGradient.grpo(0.1), beside, policy, base, pool, journal);
      }
    },
    DISTILLATION {
      @Override
      void train(Decoder policy, Decoder base, Pool pool, Journal journal) {
        try (Workspace workspace = new Workspace(pool)) {
          Decoder teacher = base.copy(workspace);
          teacher.parameters().getLast().value().set(new double[8]); // of the last norm
          new KnowledgeDistillation(
                  Divergence.REVERSE,
                  KnowledgeDistillation.Author.STUDENT,
                  TinyPolicy.sampler(1, 2, 64, pool),
                  4,
                  4,
                  1e-2)
              .train(policy, teacher, TinyPolicy.PROMPTS, "distil", journal, KEY);
        }
      }
    };

    abstract void train(Decoder policy, Decoder base, Pool pool, Journal journal);
  }

  private static void optimise(
      PolicyGradient algorithm,
      OnlineOptions options,
      Decoder policy,
      Decoder reference,
      Pool pool,
      Journal journal) {
    new PolicyOptimization(
            algorithm,
            KlCoefficient.of(algorithm),
            List.of(new WeightedReward("red", 1, TinyPolicy.red())),
            TinyPolicy.sampler(1, 2, 64, pool),
            OnlineConfig.of(4, 4, 4, 1e-2),
            options)
        .train(policy, reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
  }

  private static List<Dialogue> examples() {
    return List.of(
        TEMPLATE.dialogue(new Example("go", "red green")),
        TEMPLATE.dialogue(new Example("red go", "blue")));
  }

  private static List<PreferencePair> pairs() {
    return List.of(
        new PreferencePair(examples().getFirst(), TEMPLATE.dialogue(new Example("go", "blue"))));
  }

  private static List<double[]> values(Decoder decoder) {
    return decoder.parameters().stream().map(p -> p.value().toDoubles()).toList();
  }

  private static void assertSame(List<double[]> expected, List<double[]> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i));
    }
  }

  private static double[] logits(Decoder decoder, Pool pool) {
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch tokens = new TokenBatch(new int[] {1, 2, 3, 4, 5, 6}, new int[2]);
      return decoder.logits(decoder.hidden(tape, tokens, Mode.EVALUATION)).value().toDoubles();
    }
  }

  private static void assertLearned(
      List<double[]> before, Decoder adapted, Pool pool, Workspace workspace) {
    for (int i = 0; i < before.size(); i++) {
      assertFalse(
          Arrays.equals(before.get(i), adapted.parameters().get(i).value().toDoubles()),
          adapted.parameters().get(i).name() + " did not move");
    }
    assertArrayEquals(logits(adapted, pool), logits(adapted.merged(workspace), pool), 1e-12);
  }

  @ParameterizedTest
  @EnumSource
  void adaptersLearnAndTheBaseStays(Trained trained) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder base = TinyPolicy.decoder(workspace);
          List<double[]> before = values(base);
          Decoder policy = base.adapted(LORA, workspace, KEY);
          List<double[]> untrained = values(policy);
          trained.train(policy, base, pool, new Journal(folder.resolve("metrics.jsonl")));
          assertSame(before, values(base));
          assertLearned(untrained, policy, pool, workspace);
        });
  }

  /** A reward model of an adapted policy has adapters of its own on the same base. */
  @Test
  void aRewardModelLearnsAdaptersOfItsOwn() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder base = TinyPolicy.decoder(workspace);
          List<double[]> before = values(base);
          Decoder policy = base.adapted(LORA, workspace, KEY);
          List<double[]> untrained = values(policy);
          RewardModel model =
              new RewardModeling(4, 1, 1, 1e-2)
                  .ofPairs(
                      policy,
                      pairs(),
                      0,
                      workspace,
                      "reward",
                      new Journal(folder.resolve("metrics.jsonl")),
                      KEY);
          assertTrue(model.decoder().isAdapted());
          assertSame(before, values(base));
          assertSame(untrained, values(policy));
          assertLearned(untrained, model.decoder(), pool, workspace);
        });
  }

  /** Iteration i is sampled from base and adapters as they were i - 1 - staleness. */
  @Test
  void rolloutsSeeThePublishedAdapters() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          int staleness = 1;
          OnlineConfig config = OnlineConfig.of(4, 3, 2, 1e-2);
          Sampler sampler = TinyPolicy.sampler(1, 4, 8, pool);
          PromptSampling source = new PromptSampling(TinyPolicy.PROMPTS, config, KEY);
          Decoder policy = TinyPolicy.decoder(workspace).adapted(LORA, workspace, KEY);
          List<Decoder> versions = new ArrayList<>(List.of(policy.copy(workspace)));
          try (Completions completions =
              new StaleCompletions(
                  source, sampler, new Asynchrony(staleness, 1, List.of()), policy)) {
            for (int i = 0; i < config.iterations(); i++) {
              List<Sample> expected =
                  source.sample(sampler, versions.get(Math.max(0, i - staleness)), i, 0);
              List<Sample> taken = completions.take(i, 0);
              for (int s = 0; s < taken.size(); s++) {
                assertArrayEquals(
                    expected.get(s).dialogue().completion(), taken.get(s).dialogue().completion());
                assertArrayEquals(expected.get(s).logprobs(), taken.get(s).logprobs(), 1e-12);
              }
              double[] up = policy.parameters().getLast().value().toDoubles();
              Arrays.setAll(up, j -> up[j] + 0.5 * Math.cos(j));
              policy.parameters().getLast().value().set(up);
              versions.add(policy.copy(workspace));
              completions.learned(i, policy);
            }
          }
          assertEquals(config.iterations() + 1, versions.size());
        });
  }

  /** Merged weights round differently from weights beside adapters, and in nothing else. */
  @Test
  void withoutStalenessAdaptersLearnWhatTheyLearnInTurns() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder base = TinyPolicy.decoder(workspace);
          List<List<double[]>> learned = new ArrayList<>();
          for (OnlineOptions options :
              List.of(
                  OnlineOptions.USUAL, OnlineOptions.USUAL.with(new Asynchrony(0, 1, List.of())))) {
            Decoder policy = base.adapted(LORA, workspace, KEY);
            Journal journal = new Journal(folder.resolve("metrics.jsonl"));
            optimise(PolicyGradient.grpo(0.1), options, policy, base, pool, journal);
            learned.add(values(policy));
          }
          for (int i = 0; i < learned.getFirst().size(); i++) {
            assertArrayEquals(learned.getFirst().get(i), learned.getLast().get(i), 1e-9);
          }
        });
  }
}
