package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.select.BestOfN;
import org.rlhf4j.rlhf.select.Candidates;
import org.rlhf4j.rlhf.select.CompletionLaw;
import org.rlhf4j.rlhf.select.RejectionSampling;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/**
 * A policy that continues strings of letters, all of whose completions can be listed. A reward
 * model picks the best of n; it has learned nothing, since the law of best-of-n is the same for
 * every reward without ties. What is measured on samples stands beside what is summed over all
 * completions and beside the closed forms.
 *
 * @param about what the recipe shows, in a sentence
 * @param letters of the alphabet, one prompt each
 * @param length of a completion, in letters
 * @param contests of each prompt, in which the best of n samples meets one more sample
 * @param most largest n, a power of 2; the smaller ones are the powers of 2 up to it
 */
public record BestOfNRecipe(
    String about,
    int letters,
    int length,
    ModelConfig model,
    TuningConfig sft,
    int contests,
    int most)
    implements Recipe {
  private static final int AT_ONCE = 512;
  private static final int STRINGS = 4_000;
  private static final double REPEATED = 0.3;

  public BestOfNRecipe {
    Check.positive("letters", letters);
    Check.positive("length", length);
    Check.positive("contests", contests);
    if (letters > 26 || Integer.bitCount(most) != 1) {
      throw new IllegalArgumentException(
          "at most 26 letters and a power of 2 are needed, got letters %d and most %d"
              .formatted(letters, most));
    }
  }

  /** A prompt with all its completions. */
  private record Listed(
      String prompt, CompletionLaw law, double[] rewards, Map<List<Integer>, Integer> places) {
    int place(Dialogue dialogue) {
      return places.getOrDefault(tokens(dialogue), -1);
    }

    static List<Integer> tokens(Dialogue dialogue) {
      return IntStream.of(dialogue.completion()).boxed().toList();
    }
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    List<String> alphabet =
        IntStream.range(0, letters).mapToObj(i -> Character.toString('a' + i)).toList();
    Template template = Template.plain(WordTokenizer.of(List.of("=", String.join(" ", alphabet))));
    Sampler sampler = new Sampler(template, Sampling.at(1), length, AT_ONCE, pool);
    try (Workspace workspace = new Workspace(pool)) {
      Decoder policy =
          model.decoder(template.tokenizer().vocabularySize(), workspace, key.child("model"));
      sft.tune(
          policy,
          strings(alphabet, template, key.child("strings").generator()),
          pool,
          "sft",
          journal,
          key.child("sft"));
      RewardModel reward =
          new RewardModel(
              model.decoder(template.tokenizer().vocabularySize(), workspace, key.child("reward")),
              new ScalarHead(
                  ParameterScope.root(workspace, key).child("head"), policy.config().width()));
      List<Listed> all =
          alphabet.stream().map(prompt -> list(prompt, policy, reward, sampler)).toList();
      return new Outcome(figures(all, policy, sampler, key));
    }
  }

  /** {@return random strings; a letter repeats the one before with probability 0.3} */
  private List<Dialogue> strings(List<String> alphabet, Template template, RandomGenerator random) {
    List<Dialogue> strings = new ArrayList<>();
    for (int i = 0; i < STRINGS; i++) {
      String prompt = alphabet.get(random.nextInt(letters));
      List<String> string = new ArrayList<>(List.of(prompt));
      for (int j = 0; j < length; j++) {
        string.add(
            random.nextDouble() < REPEATED
                ? string.getLast()
                : alphabet.get(random.nextInt(letters)));
      }
      string.removeFirst();
      strings.add(template.dialogue(new Example(prompt, String.join(" ", string))));
    }
    return strings;
  }

  private Listed list(String prompt, Decoder policy, RewardModel reward, Sampler sampler) {
    Template template = sampler.template();
    CompletionLaw law =
        CompletionLaw.of(
            policy,
            template.prompt(prompt),
            length,
            template.tokenizer().end(),
            sampler.pool(),
            AT_ONCE);
    Map<List<Integer>, Integer> places = new HashMap<>();
    for (int y = 0; y < law.completions().size(); y++) {
      places.put(Listed.tokens(law.completions().get(y)), y);
    }
    double[] rewards = reward.score(law.completions(), sampler.pool(), AT_ONCE);
    return new Listed(prompt, law, rewards, places);
  }

  /**
   * A prompt, and completions of it that were sampled.
   *
   * @param places of the completions in the list of all; the last is the opponent
   */
  private record Contest(Listed listed, int[] places) {}

  private SequencedMap<String, SequencedMap<String, Double>> figures(
      List<Listed> all, Decoder policy, Sampler sampler, RandomKey key) {
    List<Contest> drawn = new ArrayList<>();
    for (Listed listed : all) {
      Candidates candidates =
          Candidates.sample(
              sampler,
              policy,
              Collections.nCopies(contests, listed.prompt),
              most + 1,
              key.child("contests").child(listed.prompt));
      for (List<Sample> contest : candidates.byPrompt()) {
        int[] places = contest.stream().mapToInt(s -> listed.place(s.dialogue())).toArray();
        drawn.add(new Contest(listed, places));
      }
    }
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    for (int n = 1; n <= most; n *= 2) {
      int size = n;
      Measured measured = measure(n, all, drawn);
      SequencedMap<String, Double> row = new LinkedHashMap<>();
      row.put("KL measured", measured.kl);
      row.put(
          "KL of all completions",
          mean(all, l -> BestOfN.kl(l.law.probabilities(), l.rewards, size)));
      row.put("log n - (n-1)/n", BestOfN.klBound(n));
      row.put("win rate measured", measured.winRate);
      row.put(
          "win rate of all completions",
          mean(all, l -> BestOfN.winRate(l.law.probabilities(), l.rewards, size)));
      row.put("n/(n+1)", BestOfN.winRateBound(n));
      figures.put("best of " + n, row);
    }
    return figures;
  }

  private static double mean(List<Listed> all, ToDoubleFunction<Listed> figure) {
    return all.stream().mapToDouble(figure).average().orElseThrow();
  }

  private record Measured(double kl, double winRate) {}

  /** {@return means over contests of log(pi_n / pi) of the best of n, and of its wins} */
  private Measured measure(int n, List<Listed> all, List<Contest> contests) {
    Map<Listed, double[]> laws = new HashMap<>();
    all.forEach(l -> laws.put(l, BestOfN.law(l.law.probabilities(), l.rewards, n)));
    double kl = 0;
    double wins = 0;
    for (Contest contest : contests) {
      Listed listed = contest.listed;
      double[] rewards =
          IntStream.of(contest.places).mapToDouble(place -> listed.rewards[place]).toArray();
      int best = RejectionSampling.best(Arrays.copyOf(rewards, n));
      int place = contest.places[best];
      double[] law = laws.getOrDefault(listed, new double[0]);
      kl += Math.log(law[place] / listed.law.probabilities()[place]);
      wins += rewards[best] > rewards[most] ? 1 : rewards[best] == rewards[most] ? 0.5 : 0;
    }
    return new Measured(kl / contests.size(), wins / contests.size());
  }
}
