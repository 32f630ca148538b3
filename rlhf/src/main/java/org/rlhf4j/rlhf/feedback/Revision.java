package org.rlhf4j.rlhf.feedback;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.tensor.RandomKey;

/**
 * The supervised half of constitutional AI (arXiv 2212.08073): a model answers, criticises its
 * answer by a principle, and rewrites it, several times over. The last revision is what to
 * fine-tune on.
 *
 * @param answers the first answer and each revision
 * @param critiques one fewer
 */
public record Revision(String prompt, List<String> answers, List<String> critiques) {
  public Revision {
    answers = List.copyOf(answers);
    critiques = List.copyOf(critiques);
  }

  /** {@return the prompt with its last revision, to fine-tune on; the critiques are not in it} */
  public Example example() {
    return new Example(prompt, answers.getLast());
  }

  /**
   * {@return a revision of the writer's answer to each prompt}
   *
   * @param constitution a principle is drawn from it for each prompt and round
   * @param rounds how often each answer is criticised and rewritten, not negative
   */
  public static List<Revision> of(
      List<String> prompts,
      Writer writer,
      List<Principle> constitution,
      int rounds,
      RandomKey key) {
    List<Revision> revisions = new ArrayList<>();
    List<String> first = writer.write(prompts);
    for (int i = 0; i < prompts.size(); i++) {
      revisions.add(new Revision(prompts.get(i), List.of(first.get(i)), List.of()));
    }
    for (int round = 0; round < rounds; round++) {
      revisions = next(revisions, writer, constitution, key.child(round).generator());
    }
    return revisions;
  }

  private static List<Revision> next(
      List<Revision> before, Writer writer, List<Principle> constitution, RandomGenerator random) {
    List<Principle> principles =
        before.stream().map(_ -> Principle.draw(constitution, random)).toList();
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      Revision revision = before.get(i);
      requests.add(principles.get(i).askForCritique(revision.prompt, revision.answers.getLast()));
    }
    List<String> critiques = writer.write(requests);
    requests.clear();
    for (int i = 0; i < before.size(); i++) {
      Revision revision = before.get(i);
      requests.add(
          principles
              .get(i)
              .askForRevision(revision.prompt, revision.answers.getLast(), critiques.get(i)));
    }
    List<String> answers = writer.write(requests);
    List<Revision> after = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      Revision revision = before.get(i);
      after.add(
          new Revision(
              revision.prompt,
              append(revision.answers, answers.get(i)),
              append(revision.critiques, critiques.get(i))));
    }
    return after;
  }

  private static List<String> append(List<String> texts, String text) {
    List<String> longer = new ArrayList<>(texts);
    longer.add(text);
    return longer;
  }
}
