package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.feedback.Judge;
import org.rlhf4j.rlhf.feedback.Revision;
import org.rlhf4j.tensor.RandomKey;

class StoryPrincipleTest {
  private static final String STORY =
      "Tim went to the park. He fell and cried. He found a ball. He smiled. They danced."
          + " It was the best day.";

  @Test
  void sentencesThatBreakAPrincipleAreCounted() {
    assertEquals(1, StoryPrinciple.KIND.count(STORY));
    assertEquals(2, StoryPrinciple.BRIEF.count(STORY));
    assertEquals(0, StoryPrinciple.KIND.count("They danced."));
    assertEquals(0, StoryPrinciple.BRIEF.count("One. Two. Three. Four."));
  }

  @Test
  void revisionsByBothPrinciplesBreakNeither() {
    List<Revision> revisions =
        Revision.of(
            List.of("a", "b", "c"),
            StoryPrinciple.writer(prompts -> prompts.stream().map(_ -> STORY).toList()),
            StoryPrinciple.constitution(),
            8,
            new RandomKey(1));
    for (Revision revision : revisions) {
      assertEquals(STORY, revision.answers().getFirst());
      String last = revision.example().completion();
      assertEquals(0, StoryPrinciple.KIND.count(last), last);
      assertEquals(0, StoryPrinciple.BRIEF.count(last), last);
      assertTrue(last.startsWith("Tim went to the park. He found a ball."), last);
    }
  }

  @Test
  void aStoryOfNothingButSadnessKeepsASentence() {
    Revision revision =
        Revision.of(
                List.of("a"),
                StoryPrinciple.writer(_ -> List.of("He cried. He wept.")),
                StoryPrinciple.constitution(),
                8,
                new RandomKey(1))
            .getFirst();
    assertEquals("He cried.", revision.example().completion());
  }

  /** Which principle is asked depends on the prompt; the order of the answers does not matter. */
  @Test
  void theJudgePrefersWhatBreaksThePrincipleLess() {
    Judge judge = StoryPrinciple.judge(new RandomKey(2));
    String sad = "He cried.";
    String longer = "One. Two. Three. Four. Five.";
    int kind = 0;
    for (int i = 0; i < 40; i++) {
      double preference = judge.preference("prompt " + i, longer, sad);
      assertEquals(1 - preference, judge.preference("prompt " + i, sad, longer));
      assertTrue(preference == 0 || preference == 1);
      kind += (int) preference;
      assertEquals(0.5, judge.preference("prompt " + i, sad, sad));
    }
    assertTrue(kind > 8 && kind < 32, kind + " of 40 by kindness");
  }
}
