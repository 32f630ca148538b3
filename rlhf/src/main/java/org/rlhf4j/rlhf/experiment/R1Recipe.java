package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.select.Candidates;
import org.rlhf4j.rlhf.select.RejectionSampling;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * The stages of DeepSeek-R1 (arXiv 2501.12948) on problems whose answers a program checks. A base
 * model has seen a little of everything. A few solutions make a cold start; reinforcement learning
 * makes it good at these problems, and at nothing else. Its right answers, by rejection sampling,
 * and examples of another kind of problem then tune the base model anew, and reinforcement learning
 * on both kinds finishes it.
 *
 * @param about what the recipe shows, in a sentence
 * @param reasoning the problems to become good at
 * @param general problems of another kind
 * @param base imitation of solutions of both kinds, in place of pretraining
 * @param coldStart imitation of solutions of the first kind
 * @param reasoningRl policy optimisation on the first kind
 * @param completions of each problem, for rejection sampling
 * @param sft of the base model, on right answers to the first kind and solutions of the second
 * @param mixedRl policy optimisation on both kinds
 */
public record R1Recipe(
    String about,
    ProblemsConfig reasoning,
    ProblemsConfig general,
    ModelConfig model,
    TuningConfig base,
    TuningConfig coldStart,
    PolicyConfig reasoningRl,
    int completions,
    TuningConfig sft,
    PolicyConfig mixedRl)
    implements Recipe {
  private static final int VOTES = 16;
  private static final int PASSES = 8;

  public R1Recipe {
    Check.positive("completions", completions);
  }

  /** Both kinds of problems. */
  private record Exercises(Exercise reasoning, Exercise general, RandomKey key) {
    SequencedMap<String, Double> examine(Decoder policy) {
      SequencedMap<String, Double> row = reasoning.examine(policy, key);
      row.putAll(reasoning.vote(policy, VOTES, PASSES, key.child("vote")));
      general.examine(policy, key).forEach((figure, value) -> row.put("general " + figure, value));
      return row;
    }
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise first = Exercise.of(reasoning, 1, pool, key.child("reasoning"));
    Exercise second = Exercise.of(general, 1, pool, key.child("general"));
    Exercise both = first.and(second);
    Exercises exam = new Exercises(first, second, key.child("exam"));
    Map<String, SequencedMap<String, Double>> stages = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder start = model.decoder(first.vocabularySize(), workspace, key.child("model"));
      base.tune(start, both.solutions(), pool, "base", journal, key.child("base"));
      stages.put("base", exam.examine(start));

      Decoder reasoner = start.copy(workspace);
      coldStart.tune(
          reasoner, first.solutions(), pool, "cold start", journal, key.child("cold start"));
      stages.put("cold start", exam.examine(reasoner));

      Decoder cold = reasoner.copy(workspace);
      first.reinforce(reasoner, cold, reasoningRl, "reasoning rl", journal, key.child("rl"));
      stages.put("reasoning rl", exam.examine(reasoner));

      List<Dialogue> mixed = new ArrayList<>(second.solutions());
      mixed.addAll(rightAnswers(reasoner, first, key.child("rejection sampling")));
      Decoder policy = start.copy(workspace);
      sft.tune(policy, mixed, pool, "sft", journal, key.child("sft"));
      stages.put("rejection sampling, sft", exam.examine(policy));

      Decoder tuned = policy.copy(workspace);
      both.reinforce(policy, tuned, mixedRl, "mixed rl", journal, key.child("mixed rl"));
      stages.put("mixed rl", exam.examine(policy));
    }
    return new Outcome(new LinkedHashMap<>(stages));
  }

  /** {@return a right answer of the policy to each training problem where it has one} */
  private List<Dialogue> rightAnswers(Decoder policy, Exercise exercise, RandomKey key) {
    Candidates candidates =
        Candidates.sample(exercise.sampler(), policy, exercise.prompts(), completions, key);
    double[][] rewards = candidates.score(exercise.reward());
    List<RejectionSampling.Choice> right =
        RejectionSampling.topPerPrompt(rewards).stream()
            .filter(choice -> rewards[choice.prompt()][choice.completion()] == 1)
            .toList();
    return Sample.dialogues(candidates.chosen(right));
  }
}
