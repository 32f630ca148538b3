package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.data.StoryGrammar;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/**
 * Stories of the grammar, and a policy that has learned to tell them: where recipes begin whose
 * gold reward is the mood of a story.
 *
 * @param examples to imitate
 * @param heldOut others, for evaluation
 */
public record StoriesConfig(int examples, int heldOut, ModelConfig model, TuningConfig sft) {
  private static final int AT_ONCE = 128;
  private static final double CENTRING = 0.01;

  public StoriesConfig {
    Check.positive("examples", examples);
    Check.positive("heldOut", heldOut);
  }

  /**
   * What the recipe goes on with.
   *
   * @param policy tuned on the examples
   * @param sampler of stories as long as the longest example, at temperature 1
   */
  record Told(List<Example> examples, List<Example> heldOut, Decoder policy, Sampler sampler) {
    List<String> prompts() {
      return examples.stream().map(Example::prompt).toList();
    }

    /** {@return a quarter more prompts than pairs that are wanted, since some answers tie} */
    List<String> promptsFor(int pairs) {
      return prompts().subList(0, Math.min(examples.size(), pairs * 5 / 4 + 1));
    }

    /**
     * {@return a reward model of pairs of the policy's own stories}
     *
     * @param workspace owner of the model
     */
    Proxy proxy(
        PairsConfig pairs,
        RewardModelConfig training,
        Workspace workspace,
        Journal journal,
        RandomKey key) {
      PairsConfig.Split labelled =
          pairs.collect(
              policy,
              promptsFor(pairs.training() + pairs.heldOut()),
              sampler,
              mood(),
              key.child("pairs"));
      RewardModel model =
          training
              .training()
              .ofPairs(
                  policy,
                  labelled.training().pairs(),
                  CENTRING,
                  workspace,
                  "reward",
                  journal,
                  key.child("reward"));
      return new Proxy(model, model.accuracy(labelled.heldOut().pairs(), sampler.pool(), AT_ONCE));
    }

    List<String> heldOutPrompts() {
      return heldOut.stream().map(Example::prompt).toList();
    }

    /** {@return the held-out stories as the policy reads them} */
    List<Dialogue> heldOutDialogues() {
      return heldOut.stream().map(sampler.template()::dialogue).toList();
    }
  }

  /**
   * What stands in for the gold reward, which is never seen.
   *
   * @param accuracy the fraction of held-out pairs that it orders as the gold reward does
   */
  record Proxy(RewardModel model, double accuracy) {}

  /** {@return the gold reward: the mood of a story} */
  static Reward mood() {
    return samples ->
        samples.stream().mapToDouble(s -> MoodReward.score(s.text(), s.finished())).toArray();
  }

  /** {@return the stories and the policy, which the workspace owns} */
  Told tell(Workspace workspace, Journal journal, RandomKey key) {
    List<Example> told = StoryGrammar.examples(key.child("stories"), examples);
    List<String> texts = new ArrayList<>(List.of("="));
    told.forEach(example -> texts.add(example.prompt() + " " + example.completion()));
    Template template = Template.plain(WordTokenizer.of(texts));
    List<Dialogue> dialogues = told.stream().map(template::dialogue).toList();
    int longest = dialogues.stream().mapToInt(d -> d.completion().length).max().orElseThrow();
    Pool pool = workspace.pool();
    Decoder policy =
        model.decoder(template.tokenizer().vocabularySize(), workspace, key.child("model"));
    sft.tune(policy, dialogues, pool, "sft", journal, key.child("sft"));
    return new Told(
        told,
        StoryGrammar.examples(key.child("heldOut"), heldOut),
        policy,
        new Sampler(template, Sampling.at(1), longest, AT_ONCE, pool));
  }
}
