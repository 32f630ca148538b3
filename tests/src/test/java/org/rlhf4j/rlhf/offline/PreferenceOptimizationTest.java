package org.rlhf4j.rlhf.offline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.DiscoPop;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.experiment.AlignmentRecipe;
import org.rlhf4j.rlhf.experiment.Recipe;
import org.rlhf4j.rlhf.experiment.RecipeFile;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Passes;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

class PreferenceOptimizationTest {
  private static final WordTokenizer WORDS = WordTokenizer.of(List.of("= go red green blue"));
  private static final Template TEMPLATE = Template.plain(WORDS);

  @TempDir private Path folder;

  static Stream<PreferenceLoss> losses() {
    Recipe recipe = RecipeFile.open("direct-alignment").recipe(false, List.of());
    return ((AlignmentRecipe) recipe).losses().stream();
  }

  /** The recipe, and so these tests, leave no loss out. */
  @Test
  void theRecipeNamesTheWholeFamily() {
    long family =
        Stream.of(PreferenceLoss.class.getPermittedSubclasses()).filter(Class::isRecord).count();
    assertTrue(family >= 26);
    assertEquals(family, losses().map(Object::getClass).distinct().count());
  }

  private static Decoder decoder(Workspace workspace) {
    return Tiny.decoder(DecoderConfig.llama(WORDS.vocabularySize(), 16, 8, 2, 2, 2, 16), workspace);
  }

  /** Answers with green are preferred to those with blue; lengths and prompts vary. */
  private static List<PreferencePair> pairs(int count) {
    List<String> prompts = List.of("go", "go go", "red go");
    List<PreferencePair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String prompt = prompts.get(i % 3);
      String tail = " red".repeat(i % 4);
      pairs.add(
          new PreferencePair(
              TEMPLATE.dialogue(new Example(prompt, "green" + tail)),
              TEMPLATE.dialogue(new Example(prompt, "blue" + " red".repeat((i + 1) % 3)))));
    }
    return pairs;
  }

  private static List<ReferencedPair> referenced(int count, Decoder reference, Pool pool) {
    double[] chosen = new double[count];
    Arrays.fill(chosen, 1);
    return ReferencedPair.of(pairs(count), chosen, new double[count], reference, pool, 5);
  }

  /** Of DiscoPOP: half of the logistic loss's -1/2 and of exp's -1, and what the weight adds. */
  private static double slopeAtZero(DiscoPop loss) {
    return -0.75 + (1 - Math.log(2)) / (4 * loss.tau());
  }

  /**
   * Every loss of the family, but for one coefficient, through the same trainer, learns what was
   * preferred.
   */
  @ParameterizedTest
  @MethodSource("losses")
  void everyLossLearnsThePreference(PreferenceLoss loss) throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = decoder(workspace);
          Decoder policy = reference.copy(workspace);
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          List<ReferencedPair> pairs = referenced(24, reference, pool);
          new PreferenceOptimization(loss, 12, 8, 4, 1e-2)
              .train(policy, pairs, pool, "align", journal, new RandomKey(3));
          Map<String, Double> last = journal.entries().getLast().metrics();
          assertTrue(last.get("logps/chosen") < 0, last.toString());
          Map<String, Double> first = journal.entries().getFirst().metrics();
          assertTrue(first.get("grad_norm") > 0, first.toString()); // a hinge may be 0 at the end
          if (loss instanceof DiscoPop discoPop && slopeAtZero(discoPop) > 0) {
            // rises with the margin at margin 0, where training starts, and has a minimum below
            double margin = discoPop.beta() * last.get("rewards/margins");
            assertTrue(margin > -0.3 && margin < 0, "margin " + margin);
          } else {
            assertTrue(last.get("rewards/margins") > 0.3, last.toString());
            assertTrue(last.get("rewards/accuracies") > 0.8, last.toString());
          }
        });
  }

  private Journal journalOf(int epochs, double learningRate) throws Exception {
    Journal journal = new Journal(folder.resolve("metrics.jsonl"));
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = decoder(workspace);
          List<ReferencedPair> pairs = referenced(5, policy, pool);
          new PreferenceOptimization(new Dpo(0.5), epochs, 1, 1, learningRate)
              .train(policy, pairs, pool, "align", journal, new RandomKey(3));
        });
    return journal;
  }

  @Test
  void everyPassTakesEveryPairOnce() throws Exception {
    Passes.assertShuffled(journalOf(4, Passes.NO_RATE), "logps/chosen", 5, 4);
  }

  @Test
  void theLearningRateRisesForATenthAndFalls() throws Exception {
    Passes.assertCosine(journalOf(6, 1e-3), 1e-3, 3);
  }

  /** Policy equal to reference: DPO's loss is log 2, whatever the answers. */
  @Test
  void dpoStartsAtLogTwo() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder reference = decoder(workspace);
          PreferenceObjective objective = new PreferenceObjective(reference, new Dpo(0.5));
          List<ReferencedPair> pairs = referenced(7, reference, pool);
          try (Tape tape = Tape.noGrad(pool)) {
            var output = objective.loss(tape, pairs, objective.totals(pairs));
            assertEquals(Math.log(2), output.loss().item(), 1e-12);
          }
        });
  }

  /** A batch of 8 is 4 parts of 2 and parts of 3, 3, 2, for every loss but KTO. */
  @ParameterizedTest
  @MethodSource("losses")
  void partsAddUpToTheWhole(PreferenceLoss loss) throws Exception {
    if (loss instanceof Kto) {
      return; // its point of reference is an average over the batch, which is taken whole
    }
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = decoder(workspace);
          List<ReferencedPair> pairs = new ArrayList<>();
          var random = new RandomKey(6).generator();
          for (ReferencedPair pair : referenced(8, policy, pool)) {
            pairs.add(
                new ReferencedPair(
                    pair.pair(),
                    pair.chosen() + 0.3 * random.nextGaussian(),
                    pair.rejected() + 0.3 * random.nextGaussian(),
                    pair.chosenScore(),
                    pair.rejectedScore(),
                    pair.mismatched()));
          }
          PreferenceObjective objective = new PreferenceObjective(policy, loss);
          double[] whole = gradient(policy, List.of(pairs), objective, pool);
          for (int part : new int[] {2, 3}) {
            double[] parts = gradient(policy, Order.parts(pairs, part), objective, pool);
            for (int i = 0; i < whole.length; i++) {
              assertEquals(whole[i], parts[i], 1e-12 * Math.max(1, Math.abs(whole[i])));
            }
          }
        });
  }

  private static double[] gradient(
      Decoder policy, List<List<ReferencedPair>> parts, PreferenceObjective objective, Pool pool) {
    Totals totals = parts.stream().map(objective::totals).reduce(Totals::plus).orElseThrow();
    for (List<ReferencedPair> part : parts) {
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(objective.loss(tape, part, totals).loss());
      }
    }
    double[] all =
        policy.parameters().stream()
            .flatMapToDouble(p -> Arrays.stream(p.gradient().toDoubles()))
            .toArray();
    policy.parameters().forEach(Parameter::zeroGradient);
    return all;
  }

  /**
   * KTO's point of reference is the mean over the batch of log policy - log reference of answers to
   * other prompts, or 0 if that is negative.
   */
  @Test
  void ktoComparesWithAnswersToOtherPrompts() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder reference = decoder(workspace);
          Decoder policy = reference.copy(workspace);
          double[] values = policy.parameters().getFirst().value().toDoubles();
          Arrays.setAll(values, i -> values[i] * 0.7);
          policy.parameters().getFirst().value().set(values);
          List<ReferencedPair> pairs = referenced(3, reference, pool);
          double z = 0;
          for (int i = 0; i < 3; i++) { // three prompts: the next pair's is another one
            Dialogue mixed =
                new Dialogue(
                    pairs.get(i).pair().chosen().prompt(),
                    pairs.get((i + 1) % 3).pair().chosen().completion());
            z += (logprob(policy, mixed, pool) - logprob(reference, mixed, pool)) / 3;
          }
          double beta = 0.5;
          double expected = 0;
          for (ReferencedPair pair : pairs) {
            double w = logprob(policy, pair.pair().chosen(), pool) - pair.chosen();
            double l = logprob(policy, pair.pair().rejected(), pool) - pair.rejected();
            expected += 1 / (1 + Math.exp(beta * (w - Math.max(0, z)))) / 6;
            expected += 1 / (1 + Math.exp(beta * (Math.max(0, z) - l))) / 6;
          }
          PreferenceObjective objective = new PreferenceObjective(policy, new Kto(beta));
          try (Tape tape = Tape.noGrad(pool)) {
            double loss = objective.loss(tape, pairs, objective.totals(pairs)).loss().item();
            assertEquals(expected, loss, 1e-12);
          }
          assertTrue(z > 0.01, "the point of reference is " + z);
        });
  }

  private static double logprob(Decoder decoder, Dialogue dialogue, Pool pool) {
    return Rows.sum(Likelihoods.ofCompletions(decoder, List.of(dialogue), 1, pool, 1).getFirst());
  }

  /** Its point of reference is an average over the batch, which no micro-batch can know. */
  @Test
  void ktoTakesABatchWhole() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder reference = decoder(workspace);
          List<ReferencedPair> pairs = referenced(6, reference, pool);
          List<double[]> learned = new ArrayList<>();
          for (int microBatchSize : new int[] {6, 1}) {
            Decoder policy = reference.copy(workspace);
            new PreferenceOptimization(new Kto(0.5), 3, 6, microBatchSize, 1e-2)
                .train(
                    policy,
                    pairs,
                    pool,
                    "align",
                    new Journal(folder.resolve("metrics.jsonl")),
                    new RandomKey(3));
            learned.add(policy.parameters().getFirst().value().toDoubles());
          }
          assertArrayEquals(learned.getFirst(), learned.getLast());
        });
  }

  @Test
  void ktoNeedsTwoPrompts() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = decoder(workspace);
          List<PreferencePair> same = List.of(pairs(1).getFirst(), pairs(1).getFirst());
          List<ReferencedPair> pairs =
              ReferencedPair.of(same, new double[2], new double[2], policy, pool, 2);
          var refused =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> {
                    try (Tape tape = Tape.noGrad(pool)) {
                      new PreferenceObjective(policy, new Kto(0.1))
                          .loss(tape, pairs, new Totals(2, 2));
                    }
                  });
          assertTrue(refused.getMessage().contains("all prompts are equal"));
        });
  }
}
