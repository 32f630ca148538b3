package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.rlhf4j.tensor.RandomKey;

class StoryGrammarTest {
  private static final List<Example> STORIES = StoryGrammar.examples(new RandomKey(3), 500);

  @Test
  void aStoryDependsOnItsKeyAndNumberAlone() {
    assertEquals(STORIES.get(77), StoryGrammar.example(new RandomKey(3), 77));
    assertFalse(STORIES.equals(StoryGrammar.examples(new RandomKey(4), 500)));
  }

  @Test
  void storiesAreWholeAndVaried() {
    Set<String> words = new HashSet<>();
    for (Example story : STORIES) {
      assertTrue(story.completion().matches("[A-Z][^@#%&$]*\\."), story.completion());
      words.addAll(Arrays.asList(story.completion().split("\\W+")));
    }
    assertTrue(words.size() > 320, "only " + words.size() + " words");
    assertTrue(new HashSet<>(STORIES).size() > 490, "stories repeat");
  }

  @Test
  void theGoldRewardHasSomethingToPrefer() {
    double[] golds =
        STORIES.stream().mapToDouble(s -> MoodReward.score(s.completion(), true)).toArray();
    long happy = Arrays.stream(golds).filter(gold -> gold > 0).count();
    long sad = Arrays.stream(golds).filter(gold -> gold < 0).count();
    assertTrue(happy > 150 && sad > 150, happy + " happy and " + sad + " sad of 500");
  }

  @Test
  void theRequestNamesTheHerosKind() {
    for (Example story : STORIES) {
      String animal = story.prompt().replaceAll(".* (\\w+)\\.", "$1");
      assertTrue(story.completion().contains(" " + animal + " named "), story.toString());
    }
  }
}
