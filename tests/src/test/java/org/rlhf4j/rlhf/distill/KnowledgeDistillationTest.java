package org.rlhf4j.rlhf.distill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation.Author;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.select.CompletionLaw;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Passes;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

class KnowledgeDistillationTest {
  private static final Template TEMPLATE = Template.plain(WordTokenizer.of(List.of("= red blue")));
  private static final int[] PROMPT = TEMPLATE.prompt("red");
  private static final int END = TEMPLATE.tokenizer().end();
  private static final double STEP = 1e-5;

  @TempDir private Path folder;

  private static Decoder teacher(Workspace workspace) {
    return Tiny.decoder(
        DecoderConfig.llama(TEMPLATE.tokenizer().vocabularySize(), 8, 8, 1, 2, 2, 8), workspace);
  }

  /** The teacher, moved some way. */
  private static Decoder student(Decoder teacher, Workspace workspace) {
    Decoder student = teacher.copy(workspace);
    move(student, direction(student, 5), 0.3);
    return student;
  }

  private static double[][] direction(Decoder decoder, long seed) {
    RandomGenerator random = new RandomKey(seed).generator();
    return decoder.parameters().stream()
        .map(p -> random.doubles(p.value().size(), -1, 1).toArray())
        .toArray(double[][]::new);
  }

  private static void move(Decoder decoder, double[][] direction, double by) {
    for (int i = 0; i < direction.length; i++) {
      Parameter parameter = decoder.parameters().get(i);
      double[] values = parameter.value().toDoubles();
      for (int j = 0; j < values.length; j++) {
        values[j] += by * direction[i][j];
      }
      parameter.value().set(values);
    }
  }

  private static CompletionLaw law(Decoder decoder, int length, Pool pool) {
    return CompletionLaw.of(decoder, PROMPT, length, END, pool, 64);
  }

  /** KL(p || q) of whole completions, by listing them. */
  private static double kl(CompletionLaw p, CompletionLaw q) {
    double kl = 0;
    for (int y = 0; y < p.probabilities().length; y++) {
      kl += p.probabilities()[y] * Math.log(p.probabilities()[y] / q.probabilities()[y]);
    }
    return kl;
  }

  /** The loss summed over the tokens of completion y. */
  private static double loss(
      DistillationObjective objective, CompletionLaw law, int y, double weight, Pool pool) {
    DialogueBatch batch = DialogueBatch.of(List.of(law.completions().get(y)));
    try (Tape tape = Tape.recording(pool)) {
      var part = objective.loss(tape, batch, new Totals(1, 1));
      tape.backward(part.part(weight).loss());
      return part.loss().item();
    }
  }

  /** The change of the loss along a direction, by the gradients that have gathered. */
  private static double slope(Decoder decoder, double[][] direction) {
    double slope = 0;
    for (int i = 0; i < direction.length; i++) {
      double[] gradient = decoder.parameters().get(i).gradient().toDoubles();
      for (int j = 0; j < gradient.length; j++) {
        slope += gradient[j] * direction[i][j];
      }
    }
    return slope;
  }

  /** For answers of one token the gradient is that of KL(student || teacher), exactly. */
  @Test
  void ofOneTokenTheGradientIsExact() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder teacher = teacher(workspace);
          Decoder student = student(teacher, workspace);
          double[][] direction = direction(student, 6);
          CompletionLaw theirs = law(teacher, 1, pool);
          var objective = new DistillationObjective(student, teacher, Divergence.REVERSE);
          double value = loss(objective, law(student, 1, pool), 3, 1, pool);
          assertEquals(kl(law(student, 1, pool), theirs), value, 1e-12);
          assertTrue(value > 0.01);
          double slope = slope(student, direction);
          move(student, direction, STEP);
          double above = kl(law(student, 1, pool), theirs);
          move(student, direction, -2 * STEP);
          double below = kl(law(student, 1, pool), theirs);
          assertEquals((above - below) / (2 * STEP), slope, 1e-8);
          assertTrue(Math.abs(slope) > 1e-3);
          assertEquals(0, slope(teacher, direction), "the teacher does not learn from its student");
        });
  }

  /**
   * Of several tokens the loss is KL(student || teacher) of whole answers in the mean over the
   * student's answers; its gradient is the exact one but for the part that goes through sampling,
   * sum_y grad s(y) loss(y), which distillation leaves out.
   */
  @Test
  void ofSeveralTokensOnlyTheGradientThroughSamplingIsLeftOut() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder teacher = teacher(workspace);
          Decoder student = student(teacher, workspace);
          double[][] direction = direction(student, 7);
          CompletionLaw theirs = law(teacher, 3, pool);
          CompletionLaw ours = law(student, 3, pool);
          var objective = new DistillationObjective(student, teacher, Divergence.REVERSE);
          double[] losses = new double[ours.probabilities().length];
          double mean = 0;
          for (int y = 0; y < losses.length; y++) {
            losses[y] = loss(objective, ours, y, ours.probabilities()[y], pool);
            mean += ours.probabilities()[y] * losses[y];
          }
          assertEquals(kl(ours, theirs), mean, 1e-11);
          double slope = slope(student, direction);
          move(student, direction, STEP);
          CompletionLaw above = law(student, 3, pool);
          move(student, direction, -2 * STEP);
          CompletionLaw below = law(student, 3, pool);
          double throughSampling = 0;
          for (int y = 0; y < losses.length; y++) {
            throughSampling +=
                (above.probabilities()[y] - below.probabilities()[y]) / (2 * STEP) * losses[y];
          }
          double exact = (kl(above, theirs) - kl(below, theirs)) / (2 * STEP);
          assertEquals(exact, slope + throughSampling, 1e-7);
          assertTrue(Math.abs(throughSampling) > 1e-3);
        });
  }

  /** Either way of learning brings the laws of whole answers together. */
  @ParameterizedTest
  @EnumSource(Author.class)
  void theStudentComesNearTheTeacher(Author author) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder teacher = teacher(workspace);
          Decoder student = student(teacher, workspace);
          CompletionLaw theirs = law(teacher, 3, pool);
          double before = kl(law(student, 3, pool), theirs);
          Divergence divergence =
              author == Author.TEACHER ? Divergence.FORWARD : Divergence.REVERSE;
          Sampler sampler = new Sampler(TEMPLATE, Sampling.at(1), 3, 16, pool);
          long tokens =
              new KnowledgeDistillation(divergence, author, sampler, 40, 16, 0.02)
                  .train(
                      student,
                      teacher,
                      List.of("red", "blue"),
                      "test",
                      new Journal(folder.resolve(author + ".jsonl")),
                      new RandomKey(8));
          double after = kl(law(student, 3, pool), theirs);
          assertTrue(after < before / 4, before + " -> " + after);
          assertTrue(tokens > 40 * 16 && tokens <= 3 * 40 * 16, tokens + " tokens");
        });
  }

  /** Every step reads completions of its own, which the author writes. */
  @ParameterizedTest
  @EnumSource(Author.class)
  void completionsAreFreshAndTheAuthors(Author author) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder teacher = teacher(workspace);
          Decoder student = student(teacher, workspace);
          Sampler sampler = new Sampler(TEMPLATE, Sampling.at(1), 3, 16, pool);
          Journal journal = new Journal(folder.resolve(author + ".jsonl"));
          new KnowledgeDistillation(Divergence.REVERSE, author, sampler, 3, 5, Passes.NO_RATE)
              .train(student, teacher, List.of("red"), "test", journal, new RandomKey(8));
          var objective = new DistillationObjective(student, teacher, Divergence.REVERSE);
          for (int step = 0; step < 3; step++) {
            DialogueBatch batch =
                DialogueBatch.of(
                    Sample.dialogues(
                        sampler.sample(
                            author == Author.TEACHER ? teacher : student,
                            Collections.nCopies(5, "red"),
                            new RandomKey(8).child("samples").child(step))));
            try (Tape tape = Tape.noGrad(pool)) {
              assertEquals(
                  objective.loss(tape, batch, objective.totals(batch)).loss().item(),
                  journal.entries().get(step).metrics().get("divergence"),
                  1e-12);
            }
          }
        });
  }

  @Test
  void theLearningRateRisesForATwentiethAndFalls() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder teacher = teacher(workspace);
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          new KnowledgeDistillation(
                  Divergence.FORWARD,
                  Author.TEACHER,
                  new Sampler(TEMPLATE, Sampling.at(1), 2, 4, pool),
                  60,
                  1,
                  1e-3)
              .train(
                  student(teacher, workspace),
                  teacher,
                  List.of("red"),
                  "test",
                  journal,
                  new RandomKey(8));
          Passes.assertCosine(journal, 1e-3, 3);
        });
  }

  @Test
  void aStudentWhoIsTheTeacherHasNothingToLearn() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder teacher = teacher(workspace);
          Decoder student = teacher.copy(workspace);
          for (Divergence divergence : Divergence.values()) {
            var objective = new DistillationObjective(student, teacher, divergence);
            assertEquals(0, loss(objective, law(student, 2, pool), 3, 1, pool), 1e-14);
            student
                .parameters()
                .forEach(p ->
                    assertTrue(
                        Arrays.stream(p.gradient().toDoubles()).allMatch(g -> Math.abs(g) < 1e-13),
                        divergence + " " + p.name()));
          }
        });
  }
}
