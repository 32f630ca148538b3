package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Interjection;
import org.rlhf4j.transformer.Sampling;

/**
 * Completions of many prompts, in batches.
 *
 * @param template form of prompt and answer
 * @param sampling picks each token
 * @param maxNewTokens most tokens of a completion; what is longer is cut off
 * @param batchSize prompts at once; the samples are the same for any
 * @param interjection another voice in the completions, such as a tool's; what it says is not
 *     learned. It must not mind which row it hears
 */
public record Sampler(
    Template template,
    Sampling sampling,
    int maxNewTokens,
    int batchSize,
    Pool pool,
    Interjection interjection) {

  /** A sampler whose completions are all the model's. */
  public Sampler(Template template, Sampling sampling, int maxNewTokens, int batchSize, Pool pool) {
    this(template, sampling, maxNewTokens, batchSize, pool, Interjection.NONE);
  }

  /** {@return the same, always picking the most probable token} */
  public Sampler greedy() {
    return new Sampler(template, Sampling.greedy(), maxNewTokens, batchSize, pool, interjection);
  }

  /** {@return the same with another voice} */
  public Sampler with(Interjection other) {
    return new Sampler(template, sampling, maxNewTokens, batchSize, pool, other);
  }

  /** {@return the same for decoders on the backend of another pool} */
  Sampler on(Pool other) {
    return new Sampler(template, sampling, maxNewTokens, batchSize, other, interjection);
  }

  /** {@return one completion a prompt; number i draws from child i of the key} */
  public List<Sample> sample(Decoder policy, List<String> prompts, RandomKey key) {
    Generator generator = new Generator(policy, pool);
    GenerationConfig config =
        GenerationConfig.of(sampling, maxNewTokens, template.tokenizer().end());
    List<Generator.Prompt> keyed =
        IntStream.range(0, prompts.size())
            .mapToObj(
                i -> new Generator.Prompt(template.prompt(prompts.get(i)), key.child((long) i)))
            .toList();
    List<Completion> completions = new ArrayList<>();
    for (List<Generator.Prompt> batch : Order.parts(keyed, batchSize)) {
      completions.addAll(generator.generate(batch, config, (_, _) -> {}, interjection));
    }
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < completions.size(); i++) {
      Completion completion = completions.get(i);
      samples.add(
          new Sample(
              prompts.get(i),
              Dialogue.of(keyed.get(i).tokens(), completion),
              template.tokenizer().decode(completion.tokens()),
              completion.logprobs(),
              completion.stopped()));
    }
    return samples;
  }
}
