package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.SharedData;
import org.rlhf4j.transformer.checkpoint.Llama2c;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe;
import org.rlhf4j.transformer.tokenizer.TokenizerFile;

/** A real pretrained model on the PTX kernels: its first 16 greedy tokens. */
class EmulatedStoriesTest {
  /** What karpathy/llama2.c prints at temperature 0 for the empty prompt and this one. */
  private static final String REFERENCE =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.";

  @Test
  void continuesAsTheReferenceProgramDoes() {
    SentencePieceBpe tokenizer =
        TokenizerFile.read(SharedData.file("models/stories260K/tok512.bin"));
    try (Backend backend = Backends.open("cuda-emulated", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder =
          Llama2c.read(SharedData.file("models/stories260K/stories260K.bin"), workspace);
      Generator generator = new Generator(decoder, pool);
      int[] encoded = tokenizer.encode("Once upon a time");
      int[] prompt = new int[encoded.length + 1];
      prompt[0] = tokenizer.begin();
      System.arraycopy(encoded, 0, prompt, 1, encoded.length);
      int[] tokens =
          generator
              .generate(
                  List.of(prompt), GenerationConfig.of(Sampling.greedy(), 16), new RandomKey(0))
              .getFirst()
              .tokens();
      assertEquals(16, tokens.length);
      String text = "Once upon a time" + tokenizer.decode(tokens);
      assertTrue(REFERENCE.startsWith(text), text);
    }
  }
}
