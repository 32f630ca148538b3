package org.rlhf4j.rlhf.feedback;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * One article of a constitution (arXiv 2212.08073), as the three things a model is asked about it.
 *
 * @param critique asks what is wrong with an answer; blanks {@code {prompt}}, {@code {answer}}
 * @param revision asks for a better one; blanks {@code {prompt}}, {@code {answer}}, {@code
 *     {critique}}
 * @param comparison asks which of two is better; blanks {@code {prompt}}, {@code {A}}, {@code {B}}
 */
public record Principle(Form critique, Form revision, Form comparison) {
  public Principle {
    requireBlanks("critique", critique, Set.of("prompt", "answer"));
    requireBlanks("revision", revision, Set.of("prompt", "answer", "critique"));
    requireBlanks("comparison", comparison, Set.of("prompt", "A", "B"));
  }

  private static void requireBlanks(String name, Form form, Set<String> blanks) {
    if (!form.blanks().equals(blanks)) {
      throw new IllegalArgumentException(
          "the %s of a principle needs the blanks %s, got %s: %s"
              .formatted(name, new TreeSet<>(blanks), form.blanks(), form.text()));
    }
  }

  /** {@return a principle such as "The answer should be kind.", asked about in plain words} */
  public static Principle of(String principle) {
    String exchange = "Question: {prompt}\nAnswer: {answer}\n";
    return new Principle(
        new Form(exchange + principle + " What is wrong with the answer?"),
        new Form(exchange + "Critique: {critique}\nWrite a better answer."),
        new Form(
            "Question: {prompt}\nA: {A}\nB: {B}\n"
                + principle
                + " Which answer is better, A or B?"));
  }

  /** {@return a principle of the constitution, each equally often} */
  static Principle draw(List<Principle> constitution, RandomGenerator random) {
    if (constitution.isEmpty()) {
      throw new IllegalArgumentException("a constitution needs at least one principle");
    }
    return constitution.get(random.nextInt(constitution.size()));
  }

  String askForCritique(String prompt, String answer) {
    return critique.fill(Map.of("prompt", prompt, "answer", answer));
  }

  String askForRevision(String prompt, String answer, String criticism) {
    return revision.fill(Map.of("prompt", prompt, "answer", answer, "critique", criticism));
  }

  /** {@return the judge that goes by this principle, asked in both orders} */
  public Judge judge(Question question) {
    return Judge.asking(question, comparison).inBothOrders();
  }
}
