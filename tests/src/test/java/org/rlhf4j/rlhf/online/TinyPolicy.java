package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/** A policy over three words, which answers prompts of one to three words. */
final class TinyPolicy {
  static final WordTokenizer WORDS = WordTokenizer.of(List.of("= go red green blue"));
  static final List<String> PROMPTS = List.of("go", "red go", "go go go", "blue go");

  private TinyPolicy() {}

  static Decoder decoder(Workspace workspace) {
    return Tiny.decoder(DecoderConfig.llama(WORDS.vocabularySize(), 16, 8, 2, 2, 2, 16), workspace);
  }

  static Sampler sampler(double temperature, int maxNewTokens, int batchSize, Pool pool) {
    return new Sampler(
        Template.plain(WORDS), Sampling.at(temperature), maxNewTokens, batchSize, pool);
  }

  /** 1 for an answer that begins with red. */
  static Reward red() {
    return samples ->
        samples.stream().mapToDouble(s -> s.text().strip().startsWith("red") ? 1 : 0).toArray();
  }
}
