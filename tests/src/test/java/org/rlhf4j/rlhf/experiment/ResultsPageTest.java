package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsPageTest {
  private static void add(Results results, String recipe, String kind, String figure, double of) {
    Outcome outcome =
        new Outcome(
            new LinkedHashMap<>(
                Map.of(recipe + " variant", new LinkedHashMap<>(Map.of(figure, of)))));
    results.add(recipe, kind, "./rlhf4j run " + recipe, "about", List.of(outcome), 1);
  }

  private static Results results() {
    Results results = new Results();
    add(results, "a-1", "same", "score", 1);
    add(results, "b", "same", "score", 2);
    add(results, "c", "other", "length", 3);
    return results;
  }

  @Test
  void anEmptyPageTakesAllAndTheSameAgainChangesNothing() {
    String page = results().markdown();
    assertEquals(page, ResultsPage.merged("", page));
    assertEquals(page, ResultsPage.merged(page, page));
  }

  /** As if all had been run together, b with its new figure. */
  @Test
  void rowsOfOneRecipeAreReplacedAndNewOnesComeLast() {
    Results fresh = new Results();
    add(fresh, "b", "same", "score", 7);
    add(fresh, "d", "same", "score", 4);
    add(fresh, "e", "third", "speed", 5);
    Results together = new Results();
    add(together, "a-1", "same", "score", 1);
    add(together, "b", "same", "score", 7);
    add(together, "d", "same", "score", 4);
    add(together, "c", "other", "length", 3);
    add(together, "e", "third", "speed", 5);
    assertEquals(together.markdown(), ResultsPage.merged(results().markdown(), fresh.markdown()));
  }

  @Test
  void aTableOfOtherFiguresIsReplaced() {
    Results fresh = new Results();
    add(fresh, "b", "same", "depth", 7);
    Results together = new Results();
    add(together, "b", "same", "depth", 7);
    add(together, "c", "other", "length", 3);
    assertEquals(together.markdown(), ResultsPage.merged(results().markdown(), fresh.markdown()));
  }
}
