package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;

/** Completions of many prompts, in batches. */
final class Sampler {
  private Sampler() {}

  /**
   * @param finished whether the policy ended the completion itself
   */
  record Sample(Dialogue dialogue, boolean finished) {}

  /** {@return one completion of each prompt by the policy, at the run's temperature} */
  static List<Sample> sample(Run run, Decoder policy, List<String> prompts, RandomKey key) {
    DemoConfig.Sampling config = run.config().sampling();
    Generator generator =
        new Generator(
            policy,
            run.pool(),
            Sampling.at(config.temperature()),
            config.maxNewTokens(),
            Set.of(run.task().tokenizer().end()),
            true);
    List<Sample> samples = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += config.batchSize()) {
      List<int[]> batch =
          prompts.subList(from, Math.min(prompts.size(), from + config.batchSize())).stream()
              .map(run.task().template()::prompt)
              .toList();
      List<Completion> completions = generator.generate(batch, key.child(from));
      for (int i = 0; i < batch.size(); i++) {
        samples.add(
            new Sample(
                Dialogue.of(batch.get(i), completions.get(i)), completions.get(i).stopped()));
      }
    }
    return samples;
  }

  /** {@return the dialogues of samples} */
  static List<Dialogue> dialogues(List<Sample> samples) {
    return samples.stream().map(Sample::dialogue).toList();
  }
}
