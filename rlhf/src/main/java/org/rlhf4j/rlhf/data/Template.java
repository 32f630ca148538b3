package org.rlhf4j.rlhf.data;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.rlhf4j.transformer.tokenizer.Tokenizer;

/** The form in which a request and its answer are given to a model. */
public interface Template {
  Tokenizer tokenizer();

  /** {@return ids of a prompt, ready to be continued} */
  int[] prompt(String prompt);

  /** {@return ids of a completion, with the token that ends it} */
  default int[] completion(String completion) {
    int[] text = tokenizer().encodeContinuation(completion);
    int[] ids = Arrays.copyOf(text, text.length + 1);
    ids[text.length] = tokenizer().end();
    return ids;
  }

  /** {@return an example to imitate} */
  default Dialogue dialogue(Example example) {
    return new Dialogue(prompt(example.prompt()), completion(example.completion()));
  }

  /** {@return the shortest form: BOS, the prompt, an equals sign; the answer follows} */
  static Template plain(Tokenizer tokenizer) {
    return new Plain(tokenizer);
  }

  /** {@return the form of a model that only continues text: BOS, the prompt; its rest follows} */
  static Template continuation(Tokenizer tokenizer) {
    return new Continuation(tokenizer);
  }

  /** BOS, the prompt. */
  record Continuation(Tokenizer tokenizer) implements Template {
    @Override
    public int[] prompt(String prompt) {
      return IntStream.concat(
              IntStream.of(tokenizer.begin()), IntStream.of(tokenizer.encode(prompt)))
          .toArray();
    }
  }

  /** BOS, the prompt, an equals sign. */
  record Plain(Tokenizer tokenizer) implements Template {
    @Override
    public int[] prompt(String prompt) {
      int[] text = tokenizer.encodeContinuation(prompt + "=");
      return IntStream.concat(IntStream.of(tokenizer.begin()), IntStream.of(text)).toArray();
    }
  }
}
