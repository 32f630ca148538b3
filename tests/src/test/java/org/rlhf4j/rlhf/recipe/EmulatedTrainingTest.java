package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.train.StepOutcome;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.transformer.Decoder;

/** One step of every trainer on emulated CUDA against the same step in double precision; a run. */
class EmulatedTrainingTest {
  private static final double LEARNING_RATE = 1e-3;
  private static final int BATCH = 6;

  private static final DemoConfig CONFIG =
      new DemoConfig(
          7,
          "test",
          new DemoConfig.Model(24, 32, 2, 2, 64),
          new DemoConfig.Sampling(1, BATCH),
          new DemoConfig.Pretraining(1, 1, 3, LEARNING_RATE),
          new DemoConfig.Tuning(BATCH, BATCH, LEARNING_RATE),
          new DemoConfig.Preferences(BATCH, 0, 2),
          new DemoConfig.Tuning(BATCH, BATCH, LEARNING_RATE),
          new DemoConfig.Ppo(1, BATCH, 1, BATCH, LEARNING_RATE, 0.2, 0.2, 0.5, 1, 0.95, 0.05, 1),
          new DemoConfig.Dpo(1, BATCH, LEARNING_RATE, 0.1),
          new DemoConfig.Evaluation(2, 1));

  /** A trainer, and what it trains. */
  enum Trained {
    PRETRAINING {
      @Override
      List<Parameter> step(Run run) {
        return Pretraining.run(run).parameters();
      }
    },
    INSTRUCTION_TUNING {
      @Override
      List<Parameter> step(Run run) {
        return InstructionTuning.run(run, TinyRun.decoder(run)).parameters();
      }
    },
    REWARD_MODEL {
      @Override
      List<Parameter> step(Run run) {
        return RewardTraining.run(run, TinyRun.decoder(run), pairs(run.task())).parameters();
      }
    },
    PROXIMAL_POLICY {
      @Override
      List<Parameter> step(Run run) {
        Reward reward =
            samples -> samples.stream().mapToDouble(s -> s.dialogue().completion()[0]).toArray();
        return ProximalPolicy.run(run, TinyRun.decoder(run), reward).parameters();
      }
    },
    DIRECT_ALIGNMENT {
      @Override
      List<Parameter> step(Run run) {
        Decoder reference = TinyRun.decoder(run);
        return DirectAlignment.run(run, reference, pairs(run.task()), new Dpo(0.1)).parameters();
      }
    };

    abstract List<Parameter> step(Run run);
  }

  private static List<PreferencePair> pairs(Task task) {
    List<PreferencePair> pairs = new ArrayList<>();
    for (String rejected : List.of("blue", "green", "blue green", "green blue")) {
      for (String chosen : List.of("red", "red green")) {
        pairs.add(new PreferencePair(TinyRun.answer(task, chosen), TinyRun.answer(task, rejected)));
      }
    }
    return pairs;
  }

  private static Task task() {
    Task colours = TinyRun.colours(2);
    List<Example> few = colours.examples().subList(0, BATCH);
    return new Task(colours.tokenizer(), colours.text(), few, colours.heldOutPrompts(), 2);
  }

  /** Metrics of the journal, and every parameter. */
  private static StepOutcome on(String device, Trained trained) throws Exception {
    List<StepOutcome> outcome = new ArrayList<>();
    TinyRun.with(
        device,
        CONFIG,
        task(),
        run -> {
          List<Parameter> parameters = trained.step(run);
          Map<String, Double> metrics = new LinkedHashMap<>();
          run.journal().entries().forEach(entry -> metrics.putAll(entry.metrics()));
          metrics.remove("rewards/accuracies"); // the sign of a margin that is 0 but for rounding
          outcome.add(StepOutcome.of(metrics, parameters));
        });
    return outcome.getFirst();
  }

  @ParameterizedTest
  @EnumSource
  void aStepChangesWhatTheReferenceChanges(Trained trained) throws Exception {
    on("reference", trained).assertAgrees(on("cuda-emulated", trained), LEARNING_RATE);
  }

  /** All stages one after another, sampling and evaluation among them. */
  @Test
  void aWholeRunEndsInAReport(@TempDir Path folder) {
    try (Backend backend = Backends.open("cuda-emulated", 1)) {
      Demo.Outcome outcome =
          Demo.pretrained(CONFIG, task()).run(backend, new RunFolder(folder.resolve("run")));
      assertTrue(Files.exists(outcome.report()));
      assertEquals(
          List.of("base", "sft", "ppo", "dpo"),
          outcome.scores().stream().map(PolicyScore::name).toList());
      for (PolicyScore score : outcome.scores()) {
        assertTrue(Double.isFinite(score.kl()), score.toString());
      }
    }
  }
}
