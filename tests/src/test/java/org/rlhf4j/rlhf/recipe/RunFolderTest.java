package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;

class RunFolderTest {
  @TempDir private Path folder;

  /** Pairs that are read back have the words of a tool where they had them. */
  @Test
  void savedPairsRememberWhoSpoke() {
    int[] prompt = {1, 2};
    PreferencePair pair =
        new PreferencePair(
            new Dialogue(prompt, new int[] {3, 4, 5}, new boolean[] {true, false, true}),
            new Dialogue(prompt, new int[] {6}));
    RunFolder run = new RunFolder(folder);
    run.pairs(() -> List.of(pair));
    PreferencePair read = run.pairs(() -> fail("the pairs were not saved")).getFirst();
    assertArrayEquals(prompt, read.chosen().prompt());
    assertArrayEquals(pair.chosen().completion(), read.chosen().completion());
    assertArrayEquals(pair.chosen().learned(), read.chosen().learned());
    assertArrayEquals(pair.rejected().completion(), read.rejected().completion());
    assertArrayEquals(pair.rejected().learned(), read.rejected().learned());
  }
}
