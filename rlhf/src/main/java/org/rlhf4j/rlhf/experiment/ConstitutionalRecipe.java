package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.feedback.PreferenceLabel;
import org.rlhf4j.rlhf.feedback.Revision;
import org.rlhf4j.rlhf.feedback.Writer;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Constitutional AI (arXiv 2212.08073) on stories, whose constitution is that they be kind and
 * brief. First the policy's stories are criticised and revised, and it imitates the last revisions;
 * then pairs of its stories are labelled by the same principles, and it learns from the labels. No
 * human says which story is better.
 *
 * @param about what the recipe shows, in a sentence
 * @param revised prompts whose stories are revised
 * @param rounds of critique and revision
 * @param tuning imitation of the revisions
 * @param compared prompts of which two stories each are compared
 * @param dpo training on the labels
 * @param beta of DPO
 */
public record ConstitutionalRecipe(
    String about,
    StoriesConfig stories,
    int revised,
    int rounds,
    TuningConfig tuning,
    int compared,
    AlignmentConfig dpo,
    double beta)
    implements Recipe {
  public ConstitutionalRecipe {
    Check.positive("revised", revised);
    Check.positive("rounds", rounds);
    Check.positive("compared", compared);
    Check.positive("beta", beta);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      StoriesConfig.Told told = stories.tell(workspace, journal, key.child("stories"));
      List<Sample> baseline = tell(told, told.policy(), key.child("baseline"));
      figures.put("sft", row(baseline, tell(told, told.policy(), key.child("test"))));

      Decoder policy = told.policy().copy(workspace);
      tuning.tune(
          policy,
          revisions(told, key.child("revisions")),
          pool,
          "revisions",
          journal,
          key.child("tuning"));
      figures.put("critique and revision", row(baseline, tell(told, policy, key.child("test"))));

      dpo.by(new Dpo(beta))
          .train(
              policy,
              labelled(told, policy, key.child("labels")),
              pool,
              "labels",
              journal,
              key.child("dpo"));
      figures.put("and labels by principle", row(baseline, tell(told, policy, key.child("test"))));
    }
    return new Outcome(figures);
  }

  private List<Dialogue> revisions(StoriesConfig.Told told, RandomKey key) {
    Writer policy =
        prompts ->
            told.sampler().sample(told.policy(), prompts, key.child("answers")).stream()
                .map(sample -> sample.text().strip())
                .toList();
    List<String> prompts = told.prompts().stream().limit(revised).toList();
    return Revision.of(
            prompts,
            StoryPrinciple.writer(policy),
            StoryPrinciple.constitution(),
            rounds,
            key.child("principles"))
        .stream()
        .map(revision -> told.sampler().template().dialogue(revision.example()))
        .toList();
  }

  /** Pairs of finished stories, labelled by the constitution. */
  private List<ReferencedPair> labelled(StoriesConfig.Told told, Decoder policy, RandomKey key) {
    Sampler sampler = told.sampler();
    List<String> prompts = told.prompts().stream().limit(compared).toList();
    List<Sample> first = sampler.sample(policy, prompts, key.child("first"));
    List<Sample> second = sampler.sample(policy, prompts, key.child("second"));
    List<PreferenceLabel.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      if (first.get(i).finished() && second.get(i).finished()) {
        pairs.add(
            new PreferenceLabel.Pair(
                prompts.get(i), first.get(i).text().strip(), second.get(i).text().strip()));
      }
    }
    List<PreferenceLabel> labels =
        PreferenceLabel.of(pairs, StoryPrinciple.judge(key.child("judge")));
    return ReferencedPair.of(
        labels.stream()
            .map(label ->
                new PreferencePair(
                    dialogue(sampler, label.prompt(), label.chosen()),
                    dialogue(sampler, label.prompt(), label.rejected())))
            .toList(),
        labels.stream().mapToDouble(PreferenceLabel::probability).toArray(),
        labels.stream().mapToDouble(label -> 1 - label.probability()).toArray(),
        policy,
        sampler.pool(),
        sampler.batchSize());
  }

  private static Dialogue dialogue(Sampler sampler, String prompt, String story) {
    return sampler.template().dialogue(new Example(prompt, story));
  }

  private static List<Sample> tell(StoriesConfig.Told told, Decoder policy, RandomKey key) {
    return told.sampler().sample(policy, told.heldOutPrompts(), key);
  }

  private static SequencedMap<String, Double> row(List<Sample> baseline, List<Sample> samples) {
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("win rate by constitution", WinRate.ofScores(scores(samples), scores(baseline)).rate());
    row.put("sad sentences", mean(samples, StoryPrinciple.KIND));
    row.put("sentences too many", mean(samples, StoryPrinciple.BRIEF));
    row.put("gold reward", Rows.mean(StoriesConfig.mood().of(samples)));
    return row;
  }

  /** {@return minus the sentences of each story that break a principle} */
  private static double[] scores(List<Sample> samples) {
    return samples.stream()
        .mapToDouble(
            s -> -StoryPrinciple.KIND.count(s.text()) - StoryPrinciple.BRIEF.count(s.text()))
        .toArray();
  }

  /** {@return how many sentences of a story break a principle} */
  private static double mean(List<Sample> samples, StoryPrinciple principle) {
    return samples.stream()
        .mapToLong(sample -> principle.count(sample.text()))
        .average()
        .orElseThrow();
  }
}
