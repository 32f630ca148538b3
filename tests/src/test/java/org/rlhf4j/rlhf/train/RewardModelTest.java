package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Tiny;

class RewardModelTest {
  private static final Dialogue SHORT = new Dialogue(new int[] {1, 4}, new int[] {5, 2});
  private static final Dialogue LONG = new Dialogue(new int[] {1, 3, 3, 6}, new int[] {7, 8, 9, 2});

  @Test
  void neitherPaddingNorNeighboursNorBatchesChangeAScore() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          RewardModel model =
              new RewardModel(
                  Tiny.decoder(Tiny.LLAMA, workspace),
                  new ScalarHead(
                      ParameterScope.root(workspace, new RandomKey(5)), Tiny.LLAMA.width()));
          double alone = model.score(List.of(SHORT), pool, 1)[0];
          double[] together = model.score(List.of(SHORT, LONG, SHORT), pool, 3);
          assertEquals(alone, together[0], 1e-12);
          assertNotEquals(alone, together[1], 1e-3);
          assertArrayEquals(together, model.score(List.of(SHORT, LONG, SHORT), pool, 2), 1e-12);
        });
  }
}
