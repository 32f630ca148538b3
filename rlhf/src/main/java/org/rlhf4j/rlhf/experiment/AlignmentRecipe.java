package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.data.StoryGrammar;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/**
 * A policy tells stories of the grammar; pairs of its own stories are labelled by their mood; every
 * loss starts from the same policy and learns from the same pairs.
 *
 * @param about what the recipe shows, in a sentence
 * @param stories to imitate
 * @param prompts that no story was trained on, for the gold win rate
 */
public record AlignmentRecipe(
    String about,
    int stories,
    int prompts,
    ModelConfig model,
    TuningConfig sft,
    PairsConfig pairs,
    AlignmentConfig align,
    List<PreferenceLoss> losses)
    implements Recipe {
  private static final int AT_ONCE = 128;

  public AlignmentRecipe {
    Check.positive("stories", stories);
    Check.positive("prompts", prompts);
    losses = List.copyOf(losses);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    List<Example> examples = StoryGrammar.examples(key.child("stories"), stories);
    List<String> asked =
        StoryGrammar.examples(key.child("prompts"), prompts).stream().map(Example::prompt).toList();
    List<String> texts = new ArrayList<>(List.of("="));
    examples.forEach(example -> texts.add(example.prompt() + " " + example.completion()));
    Template template = Template.plain(WordTokenizer.of(texts));
    List<Dialogue> dialogues = examples.stream().map(template::dialogue).toList();
    int longest = dialogues.stream().mapToInt(d -> d.completion().length).max().orElseThrow();
    Sampler sampler = new Sampler(template, Sampling.at(1), longest, AT_ONCE, pool);
    Reward gold = StoriesConfig.mood();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder reference =
          model.decoder(template.tokenizer().vocabularySize(), workspace, key.child("model"));
      sft.tune(reference, dialogues, pool, "sft", journal, key.child("sft"));
      PairsConfig.Split labelled =
          pairs.collect(
              reference,
              examples.stream().limit(2L * pairs.training()).map(Example::prompt).toList(),
              sampler,
              gold,
              key.child("pairs"));
      List<ReferencedPair> training = labelled.training().referenced(reference, pool, AT_ONCE);
      List<ReferencedPair> heldOut = labelled.heldOut().referenced(reference, pool, AT_ONCE);
      double[] baseline = gold.of(sampler.sample(reference, asked, key.child("baseline")));

      SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
      for (PreferenceLoss loss : losses) {
        try (Workspace own = new Workspace(pool)) {
          Decoder policy = reference.copy(own);
          align
              .by(loss)
              .train(policy, training, pool, loss.toString(), journal, key.child("align"));
          double[] golds = gold.of(sampler.sample(policy, asked, key.child("test")));
          SequencedMap<String, Double> row = new LinkedHashMap<>();
          row.put("held-out accuracy", accuracy(policy, heldOut, pool));
          row.put("gold reward", Rows.mean(golds));
          row.put("gain over sft", Rows.mean(golds) - Rows.mean(baseline));
          row.put("win rate over sft", WinRate.ofScores(golds, baseline).rate());
          figures.put(loss.toString(), row);
        }
      }
      return new Outcome(figures);
    }
  }

  /** {@return the fraction of pairs whose chosen answer gained more likelihood, ties half} */
  private static double accuracy(Decoder policy, List<ReferencedPair> pairs, Pool pool) {
    List<PreferencePair> answers = pairs.stream().map(ReferencedPair::pair).toList();
    List<double[]> chosen =
        Likelihoods.ofCompletions(
            policy, answers.stream().map(PreferencePair::chosen).toList(), 1, pool, AT_ONCE);
    List<double[]> rejected =
        Likelihoods.ofCompletions(
            policy, answers.stream().map(PreferencePair::rejected).toList(), 1, pool, AT_ONCE);
    double right = 0;
    for (int i = 0; i < pairs.size(); i++) {
      double margin =
          (Rows.sum(chosen.get(i)) - pairs.get(i).chosen())
              - (Rows.sum(rejected.get(i)) - pairs.get(i).rejected());
      right += margin > 0 ? 1 : margin == 0 ? 0.5 : 0;
    }
    return right / pairs.size();
  }
}
