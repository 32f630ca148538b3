package org.rlhf4j.rlhf.scoring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/** Labelled answers in which token 5 is good and token 4 is not, and a decoder that reads them. */
final class Labels {
  private static final int[] PROMPT = {1, 3};

  private Labels() {}

  static Dialogue answer(int... completion) {
    return new Dialogue(PROMPT, completion);
  }

  static Decoder decoder(Workspace workspace) {
    return new Decoder(
        ParameterScope.root(workspace, new RandomKey(1)),
        DecoderConfig.llama(8, 16, 8, 1, 2, 2, 16));
  }

  static List<RatedPair> pairs() {
    List<RatedPair> pairs = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int[] more = new int[1 + i % 3];
      Arrays.fill(more, 6);
      Dialogue good = answer(concat(more, 5, 2));
      Dialogue bad = answer(concat(more, 4, 2));
      pairs.add(new RatedPair(new PreferencePair(good, bad), i % 2));
    }
    return pairs;
  }

  private static int[] concat(int[] begin, int... end) {
    int[] all = Arrays.copyOf(begin, begin.length + end.length);
    System.arraycopy(end, 0, all, begin.length, end.length);
    return all;
  }
}
