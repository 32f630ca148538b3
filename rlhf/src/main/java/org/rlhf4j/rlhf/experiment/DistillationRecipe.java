package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.distill.Divergence;
import org.rlhf4j.rlhf.distill.KnowledgeDistillation.Author;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.Journal;
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
    StartConfig learning,
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
      learning.tune(start, exercise, "learning", journal, key.child("learning"));
      figures.put("student's start", row(start, tutor, exercise, 0, key));

      Lesson lesson = new Lesson(distillation, start, tutor, exercise, journal, key);
      for (int steps : distillation.steps()) {
        String name = steps + " steps, ";
        figures.put(name + "off-policy, imitation", lesson.imitation(steps));
        figures.put(
            name + "off-policy, forward KL",
            lesson.distilled(Divergence.FORWARD, Author.TEACHER, steps));
        figures.put(
            name + "on-policy, reverse KL",
            lesson.distilled(Divergence.REVERSE, Author.STUDENT, steps));
        figures.put(
            name + "on-policy, Jensen-Shannon",
            lesson.distilled(Divergence.JENSEN_SHANNON, Author.STUDENT, steps));
      }
    }
    return new Outcome(figures);
  }

  /** One way of learning, from the student's start. */
  private record Lesson(
      DistillationConfig config,
      Decoder start,
      Decoder tutor,
      Exercise exercise,
      Journal journal,
      RandomKey key) {
    /** Hard labels: the teacher's completions, as many as distillation reads, each seen once. */
    SequencedMap<String, Double> imitation(int steps) {
      List<String> prompts = exercise.prompts();
      List<String> asked =
          IntStream.range(0, steps * config.batchSize())
              .mapToObj(i -> prompts.get(i % prompts.size()))
              .toList();
      List<Sample> samples = exercise.sampler().sample(tutor, asked, key.child("imitated"));
      Pool pool = exercise.sampler().pool();
      try (Workspace own = new Workspace(pool)) {
        Decoder learner = start.copy(own);
        config
            .imitation(steps)
            .tune(
                learner,
                Sample.dialogues(samples),
                pool,
                steps + " imitation",
                journal,
                key.child("order"));
        long tokens = samples.stream().mapToLong(Sample::length).sum();
        return row(learner, tutor, exercise, tokens, key);
      }
    }

    SequencedMap<String, Double> distilled(Divergence divergence, Author author, int steps) {
      try (Workspace own = new Workspace(exercise.sampler().pool())) {
        Decoder learner = start.copy(own);
        long tokens =
            config
                .by(divergence, author, exercise.sampler(), steps)
                .train(
                    learner,
                    tutor,
                    exercise.prompts(),
                    steps + " " + author + " " + divergence,
                    journal,
                    key.child("distillation"));
        return row(learner, tutor, exercise, tokens, key);
      }
    }
  }

  /** Right answers, and the KL(student || teacher) of an answer. */
  private static SequencedMap<String, Double> row(
      Decoder learner, Decoder tutor, Exercise exercise, long tokens, RandomKey key) {
    SequencedMap<String, Double> row = exercise.examine(learner, key.child("exam"));
    row.put("KL from teacher", exercise.kl(learner, tutor, key.child("divergence")));
    row.put("tokens", (double) tokens);
    return row;
  }
}
