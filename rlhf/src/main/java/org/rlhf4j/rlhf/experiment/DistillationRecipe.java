package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.distill.Divergence;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation.Author;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * A large teacher solves problems, a small student begins to. From there the student learns from
 * the teacher in four ways, each on as many completions: from what the teacher writes, from the
 * teacher's logits there, and from the teacher's logits on what it writes itself.
 *
 * @param about what the recipe shows, in a sentence
 * @param teaching imitation of solutions until the teacher solves them
 * @param learning imitation of solutions, by which the student begins
 */
public record DistillationRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig teacher,
    TuningConfig teaching,
    ModelConfig student,
    TuningConfig learning,
    DistillationConfig distillation)
    implements Recipe {
  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, 1, pool, key.child("problems"));
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder tutor = teacher.decoder(exercise.vocabularySize(), workspace, key.child("teacher"));
      teaching.tune(tutor, exercise.solutions(), pool, "teaching", journal, key.child("teaching"));
      figures.put("teacher", row(tutor, tutor, exercise, 0, key));
      Decoder start = student.decoder(exercise.vocabularySize(), workspace, key.child("student"));
      learning.tune(start, exercise.solutions(), pool, "learning", journal, key.child("learning"));
      figures.put("student's start", row(start, tutor, exercise, 0, key));

      figures.put("off-policy, imitation", imitation(start, tutor, exercise, pool, journal, key));
      figures.put(
          "off-policy, forward KL",
          distilled(start, tutor, Divergence.FORWARD, Author.TEACHER, exercise, journal, key));
      figures.put(
          "on-policy, reverse KL",
          distilled(start, tutor, Divergence.REVERSE, Author.STUDENT, exercise, journal, key));
      figures.put(
          "on-policy, Jensen-Shannon",
          distilled(
              start, tutor, Divergence.JENSEN_SHANNON, Author.STUDENT, exercise, journal, key));
    }
    return new Outcome(figures);
  }

  /** Hard labels: the teacher's completions, as many as distillation reads, each seen once. */
  private SequencedMap<String, Double> imitation(
      Decoder start, Decoder tutor, Exercise exercise, Pool pool, Journal journal, RandomKey key) {
    int wanted = distillation.steps() * distillation.batchSize();
    List<String> prompts = exercise.prompts();
    List<String> asked =
        IntStream.range(0, wanted).mapToObj(i -> prompts.get(i % prompts.size())).toList();
    List<Sample> samples = exercise.sampler().sample(tutor, asked, key.child("imitated"));
    try (Workspace own = new Workspace(pool)) {
      Decoder learner = start.copy(own);
      new TuningConfig(distillation.steps(), distillation.batchSize(), distillation.learningRate())
          .tune(learner, Sample.dialogues(samples), pool, "imitation", journal, key.child("order"));
      long tokens = samples.stream().mapToLong(Sample::length).sum();
      return row(learner, tutor, exercise, tokens, key);
    }
  }

  private SequencedMap<String, Double> distilled(
      Decoder start,
      Decoder tutor,
      Divergence divergence,
      Author author,
      Exercise exercise,
      Journal journal,
      RandomKey key) {
    try (Workspace own = new Workspace(exercise.sampler().pool())) {
      Decoder learner = start.copy(own);
      long tokens =
          distillation
              .by(divergence, author, exercise.sampler())
              .train(
                  learner,
                  tutor,
                  exercise.prompts(),
                  author + " " + divergence,
                  journal,
                  key.child("distillation"));
      return row(learner, tutor, exercise, tokens, key);
    }
  }

  /** Right answers, and the KL(student || teacher) of an answer, estimated without bias. */
  private static SequencedMap<String, Double> row(
      Decoder learner, Decoder tutor, Exercise exercise, long tokens, RandomKey key) {
    SequencedMap<String, Double> row = exercise.examine(learner, key.child("exam"));
    List<String> prompts = exercise.heldOut().stream().map(Problem::prompt).toList();
    List<Sample> samples = exercise.sampler().sample(learner, prompts, key.child("divergence"));
    List<double[]> theirs =
        Likelihoods.ofCompletions(
            tutor,
            Sample.dialogues(samples),
            1,
            exercise.sampler().pool(),
            exercise.sampler().batchSize());
    double kl = 0;
    for (int i = 0; i < samples.size(); i++) {
      kl += Rows.sum(samples.get(i).logprobs()) - Rows.sum(theirs.get(i));
    }
    row.put("KL from teacher", kl / samples.size());
    row.put("tokens", (double) tokens);
    return row;
  }
}
