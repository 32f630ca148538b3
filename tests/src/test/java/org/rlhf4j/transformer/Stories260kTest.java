package org.rlhf4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/**
 * A real model, trained by others: greedy continuations must be those of the reference C program
 * (karpathy/llama2.c, run.c at temperature 0).
 */
class Stories260kTest {
  /** What the reference program prints for "Once upon a time", as far as the issue quotes it. */
  private static final String REFERENCE =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park."
          + " One day, she saw a big, red ball. She wanted to play with it, but it was too high.\n"
          + "Lily's mom said,";

  private final SentencePieceBpe tokenizer =
      SentencePieceBpe.read(SharedData.file("models/stories260K/tok512.bin"));

  @ParameterizedTest
  @CsvSource({"reference,true", "reference,false", "simd,true", "simd,false"})
  void continuesAsTheReferenceProgramDoes(String name, boolean cached) {
    try (Backend backend = Backends.open(name, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = load(workspace);
      int[] prompt = prompt("Once upon a time");
      int[] tokens = greedy(decoder, pool, cached, 75, List.of(prompt)).getFirst().tokens();
      String text = tokenizer.decode(join(prompt, tokens));
      assertEquals(REFERENCE, text.substring(0, REFERENCE.length()));
    }
  }

  @Test
  void aBatchOfPromptsContinuesAsEachAlone() {
    try (Backend backend = Backends.open("simd", 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = load(workspace);
      List<int[]> prompts = new ArrayList<>();
      for (String text :
          List.of("Once upon a time", "The dog", "Lily and Tom went to the park. ")) {
        prompts.add(prompt(text));
      }
      List<Completion> together = greedy(decoder, pool, true, 40, prompts);
      for (int i = 0; i < prompts.size(); i++) {
        Completion alone = greedy(decoder, pool, true, 40, List.of(prompts.get(i))).getFirst();
        assertArrayEquals(alone.tokens(), together.get(i).tokens());
        assertArrayEquals(alone.logprobs(), together.get(i).logprobs(), 1e-4);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"reference", "simd"})
  void cachedAndFullForwardAgreeInCrossEntropy(String name) {
    try (Backend backend = Backends.open(name, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = load(workspace);
      int[] ids = prompt(REFERENCE);
      int[] inputs = java.util.Arrays.copyOf(ids, ids.length - 1);
      int[] labels = java.util.Arrays.copyOfRange(ids, 1, ids.length);
      double full;
      try (Tape tape = Tape.noGrad(pool)) {
        Variable hidden = decoder.hidden(tape, new TokenBatch(inputs, new int[1]), Mode.EVALUATION);
        full = CrossEntropy.of(decoder.logits(hidden), labels).item();
      }
      double cached = 0;
      try (KvCache cache = new KvCache(decoder.config(), 1, inputs.length, pool)) {
        for (int t = 0; t < inputs.length; t++) {
          try (Tape tape = Tape.noGrad(pool)) {
            Variable hidden = decoder.hidden(tape, new int[] {inputs[t]}, new int[1], cache);
            cached +=
                CrossEntropy.of(decoder.logits(hidden), new int[] {labels[t]}).item()
                    / inputs.length;
          }
        }
      }
      assertEquals(full, cached, 1e-5);
      assertEquals(1.0, full, 0.6, "a trained model predicts its own greedy text well");
    }
  }

  private static Decoder load(Workspace workspace) {
    return Llama2c.load(SharedData.file("models/stories260K/stories260K.bin"), workspace);
  }

  private int[] prompt(String text) {
    return join(new int[] {tokenizer.begin()}, tokenizer.encode(text));
  }

  private List<Completion> greedy(
      Decoder decoder, Pool pool, boolean cached, int tokens, List<int[]> prompts) {
    return new Generator(decoder, pool, Sampling.GREEDY, tokens, Set.of(1, 2), cached)
        .generate(prompts, new RandomKey(1));
  }

  private static int[] join(int[] a, int[] b) {
    int[] joined = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
