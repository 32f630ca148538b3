package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.driver.RecordedDriver;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.ReferenceBackend;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;

/** Decoding one token at a time is captured once or twice and replayed for the rest. */
class DecodeGraphTest {
  private static final int NEW_TOKENS = 12;

  @ParameterizedTest
  @EnumSource
  void stepsAreReplayed(DecoderConfig.Family family) {
    RecordedDriver recorded = RecordedDriver.around(new EmulatedDriver(Options.checked()));
    List<Completion> actual = generate(new CudaBackend("recorded", recorded.driver()), family);
    List<Completion> expected = generate(new ReferenceBackend(), family);
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i).tokens(), actual.get(i).tokens());
    }
    // the first token comes from the prompt's own step
    assertEquals(NEW_TOKENS - 1, recorded.count("replay"));
    assertEquals(NEW_TOKENS, recorded.count("download"), "the device is waited for once a token");
    assertTrue(recorded.count("beginCapture") <= 2, recorded.count("beginCapture") + " captures");
  }

  private static List<Completion> generate(Backend opened, DecoderConfig.Family family) {
    try (Backend backend = opened;
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      DecoderConfig config =
          family == DecoderConfig.Family.LLAMA
              ? DecoderConfig.llama(61, 24, 16, 2, 4, 2, 28)
              : DecoderConfig.gpt2(61, 24, 16, 2, 4);
      Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(6)), config);
      return new Generator(decoder, pool)
          .generate(
              List.of(new int[] {3, 14, 15, 9}, new int[] {26, 5}),
              GenerationConfig.of(Sampling.greedy(), NEW_TOKENS),
              new RandomKey(0));
    }
  }
}
