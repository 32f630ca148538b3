package org.rlhf4j.rlhf.experiment;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.feedback.Form;
import org.rlhf4j.rlhf.feedback.Judge;
import org.rlhf4j.rlhf.feedback.Principle;
import org.rlhf4j.rlhf.feedback.Writer;
import org.rlhf4j.tensor.RandomKey;

/**
 * A constitution for stories, and a script that goes by it in place of a model large enough to: it
 * names the sentences that break a principle, leaves them out, and compares stories by how many
 * there are. Whoever learns from it sees nothing but texts.
 */
enum StoryPrinciple {
  /** No sentence is sad. */
  KIND {
    @Override
    Stream<String> broken(List<String> sentences) {
      return sentences.stream().filter(sentence -> MoodReward.score(sentence, true) < 0);
    }
  },
  /** There are at most four sentences; the last ones are too many. */
  BRIEF {
    @Override
    Stream<String> broken(List<String> sentences) {
      return sentences.stream().skip(MOST_SENTENCES);
    }
  };

  private static final int MOST_SENTENCES = 4;
  private static final String CRITICISE = "criticise by ";
  private static final String REVISE = "revise by ";

  abstract Stream<String> broken(List<String> sentences);

  /** {@return how many sentences of a story break this} */
  long count(String story) {
    return broken(sentences(story)).count();
  }

  static List<String> sentences(String story) {
    return Arrays.stream(story.strip().split("(?<=\\.) +")).toList();
  }

  /** {@return the principle, in requests that the script reads: a word, then a part a line} */
  private Principle principle() {
    return new Principle(
        new Form(CRITICISE + name() + "\n{prompt}\n{answer}"),
        new Form(REVISE + name() + "\n{prompt}\n{answer}\n{critique}"),
        new Form(name() + "\n{prompt}\n{A}\n{B}"));
  }

  static List<Principle> constitution() {
    return Arrays.stream(values()).map(StoryPrinciple::principle).toList();
  }

  /** {@return a writer who answers as the policy does, and criticises and revises by the script} */
  static Writer writer(Writer policy) {
    return requests ->
        requests.getFirst().startsWith(CRITICISE) || requests.getFirst().startsWith(REVISE)
            ? requests.stream().map(StoryPrinciple::reply).toList()
            : policy.write(requests);
  }

  private static String reply(String request) {
    List<String> lines = request.lines().toList();
    String task = lines.getFirst();
    List<String> sentences = sentences(lines.get(2));
    if (task.startsWith(CRITICISE)) {
      return valueOf(task.substring(CRITICISE.length()))
          .broken(sentences)
          .collect(Collectors.joining(" "));
    }
    List<String> criticised = lines.size() > 3 ? sentences(lines.get(3)) : List.of();
    String revised =
        sentences.stream()
            .filter(sentence -> !criticised.contains(sentence))
            .collect(Collectors.joining(" "));
    return revised.isEmpty() ? sentences.getFirst() : revised;
  }

  /**
   * {@return a judge that goes by another principle each time: the story that breaks it less often
   * is better, for certain; of equals neither}
   *
   * @param key which principle follows from it and the prompt
   */
  static Judge judge(RandomKey key) {
    return (prompt, first, second) -> {
      RandomGenerator random = key.child(prompt).generator();
      StoryPrinciple principle = values()[random.nextInt(values().length)];
      return 0.5 + 0.5 * Long.signum(principle.count(second) - principle.count(first));
    };
  }
}
