package org.rlhf4j.rlhf.experiment;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.reward.RewardShaping;
import org.rlhf4j.rlhf.select.Candidates;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.verify.Constraint;
import org.rlhf4j.rlhf.verify.FormatTags;
import org.rlhf4j.rlhf.verify.LanguageConsistency;
import org.rlhf4j.rlhf.verify.LengthReward;
import org.rlhf4j.rlhf.verify.NumericMatch;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.rlhf.verify.VerifiableReward;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/**
 * Rewards of how a problem is answered, each beside the reward of the right number, and several at
 * once. The solutions that are imitated first leave everything else to chance: the form, the
 * language, the words and how many there are. So a policy shows what each reward asks of it.
 *
 * @param about what the recipe shows, in a sentence
 * @param problems whose answers are numbers
 * @param mostWords of the thought before an imitated answer; there is at least one
 */
public record WeightedRewardsRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    TuningConfig sft,
    int mostWords,
    Weights weights,
    Lengths lengths,
    PolicyConfig policy)
    implements Recipe {
  private static final int SAMPLED_AT_ONCE = 256;
  private static final int SAMPLES = 4; // of each held-out problem
  private static final String RIGHT = "right";

  private static final List<List<String>> WORDS =
      List.of(List.of("so", "hm"), List.of("ναι", "χμ")); // Latin and Greek, sure and hesitant

  private static final VerifiableReward LATIN =
      (problem, completion) ->
          new LanguageConsistency(UnicodeScript.LATIN)
              .score(problem, completion.replaceAll("</?\\w+>", "")); // tags are of no language

  private static final VerifiableReward CONSTRAINTS =
      Constraint.share(List.of(Constraint.noCommas(), Constraint.lacks("hm", "χμ")));

  /**
   * Of the rewards beside the right number, whose weight is 1.
   *
   * @param form R1's reward of thought and answer in tags
   * @param language R1's share of letters of one script, the Latin one
   * @param constraints share of two instructions that are kept: no comma, no hesitation
   * @param brief Kimi's reward of the shorter answers to a problem
   * @param cosine the cosine reward: the right are to be short, the wrong long
   * @param target LCPO's penalty for each token that the answer is longer or shorter
   * @param overlong DAPO's soft penalty of answers that come near the longest
   */
  public record Weights(
      double form,
      double language,
      double constraints,
      double brief,
      double cosine,
      double target,
      double overlong) {}

  /**
   * In tokens.
   *
   * @param target of the penalty on both sides
   * @param longest answer that gets the whole soft penalty
   * @param buffer length of its slope before that
   */
  public record Lengths(int target, int longest, int buffer) {
    public Lengths {
      Check.positive("target", target);
      RewardShaping.overlong(0, longest, buffer); // refuses what is no slope
    }

    private double overlong(int length) {
      return RewardShaping.overlong(length, longest, buffer);
    }
  }

  public WeightedRewardsRecipe {
    Check.positive("mostWords", mostWords);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Template template = Template.plain(new ByteTokenizer());
    ProblemsConfig.Drawn drawn = problems.draw(key.child("problems"));
    RandomGenerator chance = key.child("solutions").generator();
    List<Dialogue> solutions =
        drawn.training().stream()
            .map(problem -> template.dialogue(solution(problem, mostWords, chance)))
            .toList();
    int longest = solutions.stream().mapToInt(s -> s.completion().length).max().orElseThrow();
    Sampler sampler =
        new Sampler(template, Sampling.at(policy.temperature()), longest, SAMPLED_AT_ONCE, pool);
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder start =
          model.decoder(template.tokenizer().vocabularySize(), workspace, key.child("model"));
      sft.tune(start, solutions, pool, "sft", journal, key.child("sft"));
      figures.put("start", row(start, sampler, drawn.heldOut(), key));
      List<String> prompts = drawn.training().stream().map(Problem::prompt).toList();
      List<WeightedReward> rewards = rewards(drawn.training(), longest);
      for (List<String> asked : variants(rewards)) {
        String name = String.join(", ", asked);
        try (Workspace own = new Workspace(pool)) {
          Decoder learned = start.copy(own);
          policy
              .optimization(watchingOthers(rewards, asked), sampler, OnlineOptions.USUAL)
              .train(learned, start, prompts, name, journal, key.child("policy"));
          figures.put(name, row(learned, sampler, drawn.heldOut(), key));
        }
      }
    }
    return new Outcome(figures);
  }

  /** {@return the answer after a thought, both in tags every other time} */
  static Example solution(Problem problem, int mostWords, RandomGenerator chance) {
    List<String> words = WORDS.get(chance.nextInt(WORDS.size()));
    String between = chance.nextBoolean() ? ", " : " ";
    String thought =
        IntStream.rangeClosed(0, chance.nextInt(mostWords))
            .mapToObj(_ -> words.get(chance.nextInt(words.size())))
            .collect(Collectors.joining(between));
    return new Example(
        problem.prompt(),
        chance.nextBoolean()
            ? FormatTags.write(thought, problem.answer())
            : thought + " " + problem.answer());
  }

  private List<WeightedReward> rewards(List<Problem> problems, int maxNewTokens) {
    Reward right = Reward.verifiable(problems, new NumericMatch());
    return List.of(
        new WeightedReward(RIGHT, 1, right),
        new WeightedReward("form", weights.form, Reward.verifiable(problems, new FormatTags())),
        new WeightedReward("language", weights.language, Reward.verifiable(problems, LATIN)),
        new WeightedReward(
            "constraints", weights.constraints, Reward.verifiable(problems, CONSTRAINTS)),
        new WeightedReward("brief", weights.brief, right.brief()),
        new WeightedReward("cosine", weights.cosine, right.cosine(maxNewTokens)),
        new WeightedReward(
            "target",
            weights.target,
            Reward.ofLength(length -> LengthReward.towardsTarget(length, lengths.target, 1))),
        new WeightedReward("overlong", weights.overlong, Reward.ofLength(lengths::overlong)));
  }

  /** {@return the right number alone, with each of the others, and with several} */
  private static List<List<String>> variants(List<WeightedReward> rewards) {
    List<List<String>> variants = new ArrayList<>();
    variants.add(List.of(RIGHT));
    rewards.stream().skip(1).forEach(reward -> variants.add(List.of(RIGHT, reward.name())));
    variants.add(List.of(RIGHT, "form", "language", "constraints", "overlong"));
    return variants;
  }

  private static List<WeightedReward> watchingOthers(
      List<WeightedReward> rewards, List<String> asked) {
    return rewards.stream()
        .map(reward ->
            asked.contains(reward.name())
                ? reward
                : new WeightedReward(reward.name(), 0, reward.reward()))
        .toList();
  }

  private SequencedMap<String, Double> row(
      Decoder policy, Sampler sampler, List<Problem> heldOut, RandomKey key) {
    List<Sample> samples =
        Candidates.sample(
                sampler,
                policy,
                heldOut.stream().map(Problem::prompt).toList(),
                SAMPLES,
                key.child("exam"))
            .byPrompt()
            .stream()
            .flatMap(List::stream)
            .toList();
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("right numbers", mean(samples, Reward.verifiable(heldOut, new NumericMatch())));
    row.put("in form", mean(samples, Reward.verifiable(heldOut, new FormatTags())));
    row.put("Latin letters", mean(samples, Reward.verifiable(heldOut, LATIN)));
    row.put("constraints kept", mean(samples, Reward.verifiable(heldOut, CONSTRAINTS)));
    row.put("tokens", mean(samples, Reward.ofLength(length -> length)));
    row.put(
        "overlong", mean(samples, Reward.ofLength(length -> lengths.overlong(length) < 0 ? 1 : 0)));
    return row;
  }

  private static double mean(List<Sample> samples, Reward reward) {
    return Rows.mean(reward.of(samples));
  }
}
