package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.scoring.Graded;
import org.rlhf4j.rlhf.scoring.Ranking;
import org.rlhf4j.rlhf.scoring.RatedPair;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.tokenizer.Tokenizer;

/**
 * Answers of a policy, some to each prompt, as a labeller of the Plackett-Luce model orders them:
 * by sharpness * gold + Gumbel noise. For two answers that is Bradley-Terry. Pairs, rankings,
 * outcomes and steps are all read off the same answers.
 *
 * @param groups the answers to each prompt
 * @param gold their rewards
 * @param utilities what the labeller goes by
 */
record RankedAnswers(List<List<Sample>> groups, double[][] gold, double[][] utilities) {
  /** {@return answers to each prompt, labelled} */
  static RankedAnswers draw(
      Decoder policy,
      List<String> prompts,
      int answers,
      Sampler sampler,
      Reward reward,
      double sharpness,
      RandomKey key) {
    List<String> asked =
        prompts.stream().flatMap(p -> IntStream.range(0, answers).mapToObj(_ -> p)).toList();
    List<Sample> samples = sampler.sample(policy, asked, key.child("answers"));
    double[] scores = reward.of(samples);
    RandomGenerator noise = key.child("noise").generator();
    List<List<Sample>> groups = new ArrayList<>();
    double[][] gold = new double[prompts.size()][answers];
    double[][] utilities = new double[prompts.size()][answers];
    for (int i = 0; i < gold.length; i++) {
      groups.add(samples.subList(i * answers, (i + 1) * answers));
      for (int k = 0; k < answers; k++) {
        gold[i][k] = scores[i * answers + k];
        utilities[i][k] = sharpness * gold[i][k] - Math.log(-Math.log1p(-noise.nextDouble()));
      }
    }
    return new RankedAnswers(groups, gold, utilities);
  }

  /** Two answers to one prompt, in the order in which they were written. */
  record Couple(Dialogue first, Dialogue second, double goldGap, boolean firstPreferred) {}

  /** {@return neighbouring answers, each once} */
  List<Couple> couples() {
    List<Couple> couples = new ArrayList<>();
    for (int i = 0; i < gold.length; i++) {
      for (int k = 0; k + 1 < gold[i].length; k += 2) {
        couples.add(
            new Couple(
                groups.get(i).get(k).dialogue(),
                groups.get(i).get(k + 1).dialogue(),
                gold[i][k] - gold[i][k + 1],
                utilities[i][k] > utilities[i][k + 1]));
      }
    }
    return couples;
  }

  /**
   * {@return the same as labelled pairs; the rating is how much better the chosen one really is}
   */
  List<RatedPair> pairs() {
    return couples().stream()
        .map(couple ->
            couple.firstPreferred()
                ? new RatedPair(
                    new PreferencePair(couple.first(), couple.second()),
                    Math.max(0, couple.goldGap()))
                : new RatedPair(
                    new PreferencePair(couple.second(), couple.first()),
                    Math.max(0, -couple.goldGap())))
        .toList();
  }

  List<Ranking> rankings() {
    List<Ranking> rankings = new ArrayList<>();
    for (int i = 0; i < gold.length; i++) {
      List<Sample> group = groups.get(i);
      double[] utility = utilities[i];
      rankings.add(
          new Ranking(
              IntStream.range(0, group.size())
                  .boxed()
                  .sorted(Comparator.comparingDouble(k -> -utility[k]))
                  .map(k -> group.get(k).dialogue())
                  .toList()));
    }
    return rankings;
  }

  /** {@return the answers graded alone: is the whole happy, and is each sentence?} */
  List<Graded> graded(Tokenizer tokenizer) {
    List<Graded> graded = new ArrayList<>();
    for (int i = 0; i < gold.length; i++) {
      for (int k = 0; k < gold[i].length; k++) {
        Dialogue dialogue = groups.get(i).get(k).dialogue();
        graded.add(new Graded(dialogue, gold[i][k] > 0, steps(dialogue.completion(), tokenizer)));
      }
    }
    return graded;
  }

  private static int[] steps(int[] completion, Tokenizer tokenizer) {
    int[] steps = new int[completion.length];
    int begin = 0;
    for (int t = 0; t < completion.length; t++) {
      int[] sentence = Arrays.copyOfRange(completion, begin, t + 1);
      boolean ends = t == completion.length - 1 || tokenizer.decode(completion[t]).equals(".");
      steps[t] =
          ends
              ? (int) Math.signum(MoodReward.score(tokenizer.decode(sentence), true))
              : Graded.NO_STEP;
      begin = ends ? t + 1 : begin;
    }
    return steps;
  }

  List<Dialogue> dialogues() {
    return groups.stream().flatMap(List::stream).map(Sample::dialogue).toList();
  }

  double[] golds() {
    return Arrays.stream(gold).flatMapToDouble(Arrays::stream).toArray();
  }
}
