package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.feedback.Form;
import org.rlhf4j.rlhf.feedback.Grader;
import org.rlhf4j.rlhf.feedback.Question;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.select.Candidates;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/**
 * A generative reward model (arXiv 2408.15240): a language model that is shown a story and asked
 * whether it is a happy one learns to say yes or no, in words. How sure it is of yes then picks the
 * best of several stories, and trains the policy.
 *
 * @param about what the recipe shows, in a sentence
 * @param judged stories of the policy that the judge learns from; the happier half is yes
 * @param judge the judge's shape
 * @param judging imitation of the right replies
 * @param n of best-of-n
 * @param policy optimisation for the judge's yes
 */
public record GenerativeRewardRecipe(
    String about,
    StoriesConfig stories,
    int judged,
    ModelConfig judge,
    TuningConfig judging,
    int n,
    PolicyConfig policy)
    implements Recipe {
  private static final Form FORM = new Form("{prompt} {completion} Is this a happy story?");
  private static final String YES = "yes";
  private static final String NO = "no";

  public GenerativeRewardRecipe {
    Check.positive("judged", judged);
    Check.positive("n", n);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      StoriesConfig.Told told = stories.tell(workspace, journal, key.child("stories"));
      Reward reward = judge(told, workspace, journal, key.child("judge"));
      List<String> asked = told.heldOutPrompts();
      List<Sample> baseline = told.sampler().sample(told.policy(), asked, key.child("baseline"));
      figures.put(
          "sft",
          row(baseline, told.sampler().sample(told.policy(), asked, key.child("test")), reward));
      figures.put(
          "best of " + n,
          row(
              baseline,
              Candidates.sample(told.sampler(), told.policy(), asked, n, key.child("best"))
                  .best(reward),
              reward));
      Decoder learned = told.policy().copy(workspace);
      new PolicyOptimization(
              policy.gradient(told.sampler().maxNewTokens()),
              reward,
              told.sampler(),
              policy.online())
          .train(learned, told.policy(), told.prompts(), "policy", journal, key.child("policy"));
      figures.put(
          "rl", row(baseline, told.sampler().sample(learned, asked, key.child("test")), reward));
    }
    return new Outcome(figures);
  }

  /** {@return how sure a model that was trained to judge is that a story is happy} */
  private Reward judge(
      StoriesConfig.Told told, Workspace workspace, Journal journal, RandomKey key) {
    List<String> prompts = told.prompts();
    List<Sample> samples =
        told.sampler()
            .sample(
                told.policy(),
                Collections.nCopies(Math.ceilDiv(judged, prompts.size()), prompts).stream()
                    .flatMap(List::stream)
                    .limit(judged)
                    .toList(),
                key.child("stories"));
    double[] golds = StoriesConfig.mood().of(samples);
    double[] sorted = golds.clone();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];

    List<Example> replies = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      replies.add(new Example(question(samples.get(i)), golds[i] > median ? YES : NO));
    }
    List<String> texts =
        new ArrayList<>(List.of(YES, NO, ChatTemplate.START + "user\nassistant" + FORM.text()));
    told.examples().forEach(example -> texts.add(example.prompt() + " " + example.completion()));
    ChatTemplate template = new ChatTemplate(WordTokenizer.of(texts));
    Decoder model =
        judge.decoder(template.tokenizer().vocabularySize(), workspace, key.child("model"));
    List<Dialogue> dialogues = replies.stream().map(template::dialogue).toList();
    judging.tune(model, dialogues, workspace.pool(), "judge", journal, key.child("judging"));
    Grader grader = Grader.asking(new Question(model, template, workspace.pool()), FORM, YES, NO);
    return stories ->
        stories.stream().mapToDouble(s -> grader.score(s.prompt(), s.text().strip())).toArray();
  }

  private static String question(Sample sample) {
    return FORM.fill(Map.of("prompt", sample.prompt(), "completion", sample.text().strip()));
  }

  /** Gold and judged rewards, and how often the judge orders two stories as gold does. */
  private static SequencedMap<String, Double> row(
      List<Sample> baseline, List<Sample> samples, Reward judge) {
    double[] golds = StoriesConfig.mood().of(samples);
    double[] others = StoriesConfig.mood().of(baseline);
    double[] judged = judge.of(samples);
    double[] othersJudged = judge.of(baseline);
    double agreed = 0;
    int compared = 0;
    for (int i = 0; i < golds.length; i++) {
      if (golds[i] != others[i]) {
        double agreement =
            Math.signum(golds[i] - others[i]) * Math.signum(judged[i] - othersJudged[i]);
        agreed += (1 + agreement) / 2;
        compared++;
      }
    }
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("gold reward", Rows.mean(golds));
    row.put("win rate over sft", WinRate.ofScores(golds, others).rate());
    row.put("judge's yes", Rows.mean(judged));
    row.put("judge agrees with gold", compared == 0 ? 1 : agreed / compared);
    return row;
  }
}
