package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.evaluate.PassAtK;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.select.Candidates;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.verify.ExactMatch;
import org.rlhf4j.rlhf.verify.MajorityVote;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/**
 * Problems as a policy meets them: to imitate, to be rewarded for, and held out to be examined on.
 *
 * @param sampler of answers, as long as the longest right one
 */
record Exercise(Template template, List<Problem> training, List<Problem> heldOut, Sampler sampler) {
  private static final int SAMPLED_AT_ONCE = 256;

  static Exercise of(ProblemsConfig problems, double temperature, Pool pool, RandomKey key) {
    Template template = Template.plain(new ByteTokenizer());
    ProblemsConfig.Drawn drawn = problems.draw(key);
    return new Exercise(
        template,
        drawn.training(),
        drawn.heldOut(),
        new Sampler(
            template,
            Sampling.at(temperature),
            drawn.longestAnswer(template),
            SAMPLED_AT_ONCE,
            pool));
  }

  int vocabularySize() {
    return template.tokenizer().vocabularySize();
  }

  /** {@return the right answers to the training problems} */
  List<Dialogue> solutions() {
    return training.stream().map(problem -> template.dialogue(problem.example())).toList();
  }

  /** {@return the prompts of the training problems} */
  List<String> prompts() {
    return prompts(training);
  }

  private static List<String> prompts(List<Problem> problems) {
    return problems.stream().map(Problem::prompt).toList();
  }

  /** {@return 1 for a right answer to a training problem, else 0} */
  Reward reward() {
    return Reward.verifiable(training, new ExactMatch());
  }

  /** {@return these problems and others, with answers as long as the longest of both} */
  Exercise and(Exercise other) {
    List<Problem> trained = new ArrayList<>(training);
    trained.addAll(other.training);
    List<Problem> examined = new ArrayList<>(heldOut);
    examined.addAll(other.heldOut);
    return new Exercise(
        template,
        trained,
        examined,
        sampler.maxNewTokens() >= other.sampler.maxNewTokens() ? sampler : other.sampler);
  }

  /**
   * Trains a policy on whether its answers to the training problems are right.
   *
   * @param policy is changed
   * @param reference to which a KL penalty holds it
   */
  void reinforce(
      Decoder policy,
      Decoder reference,
      PolicyConfig config,
      String stage,
      Journal journal,
      RandomKey key) {
    reinforce(
        policy,
        reference,
        config,
        List.of(new WeightedReward("exact", 1, reward())),
        stage,
        journal,
        key);
  }

  /** Trains a policy on several rewards of its answers to the training problems. */
  void reinforce(
      Decoder policy,
      Decoder reference,
      PolicyConfig config,
      List<WeightedReward> rewards,
      String stage,
      Journal journal,
      RandomKey key) {
    config
        .optimization(rewards, sampler, OnlineOptions.USUAL)
        .train(policy, reference, prompts(), stage, journal, key);
  }

  /** {@return KL(policy || other) of an answer to a held-out problem, estimated without bias} */
  double kl(Decoder policy, Decoder other, RandomKey key) {
    List<Sample> samples = sampler.sample(policy, prompts(heldOut), key);
    List<double[]> theirs =
        Likelihoods.ofCompletions(
            other,
            Sample.dialogues(samples),
            sampler.sampling().temperature(),
            sampler.pool(),
            sampler.batchSize());
    double kl = 0;
    for (int i = 0; i < samples.size(); i++) {
      kl += Rows.sum(samples.get(i).logprobs()) - Rows.sum(theirs.get(i));
    }
    return kl / samples.size();
  }

  /** {@return the fraction of right answers to held-out problems} */
  SequencedMap<String, Double> examine(Decoder policy, RandomKey key) {
    Reward right = Reward.verifiable(heldOut, new ExactMatch());
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
    figures.put(
        "exact match", Rows.mean(right.of(sampler.greedy().sample(policy, prompts(heldOut), key))));
    figures.put("of samples", Rows.mean(right.of(sampler.sample(policy, prompts(heldOut), key))));
    return figures;
  }

  /**
   * {@return what many samples of each held-out problem are worth: the chance that one of k is
   * right, and how often the most frequent answer is}
   *
   * @param samples of each problem
   * @param k at most as many
   */
  SequencedMap<String, Double> vote(Decoder policy, int samples, int k, RandomKey key) {
    Candidates candidates = Candidates.sample(sampler, policy, prompts(heldOut), samples, key);
    double[][] right = candidates.score(Reward.verifiable(heldOut, new ExactMatch()));
    double passed = 0;
    double elected = 0;
    for (int i = 0; i < right.length; i++) {
      passed += PassAtK.estimate(samples, (int) Rows.sum(right[i]), k);
      String answer =
          MajorityVote.of(candidates.byPrompt().get(i).stream().map(Sample::text).toList());
      elected += new ExactMatch().score(heldOut.get(i), answer);
    }
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
    figures.put("pass@" + k, passed / right.length);
    figures.put("majority of " + samples, elected / right.length);
    return figures;
  }
}
