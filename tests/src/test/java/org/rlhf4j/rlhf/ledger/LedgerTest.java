package org.rlhf4j.rlhf.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.ledger.Ledger.BookEquation;

class LedgerTest {
  private static final Ledger LEDGER = Ledger.read();

  @Test
  void allLabelsOfTheBookAreHere() {
    assertEquals(92, LEDGER.equations().size());
    assertEquals(92, labels().size());
  }

  @Test
  void everyEquationHasAMethodOrSaysWhyNot() {
    Set<String> without =
        LEDGER.equations().stream()
            .filter(equation -> equation.elsewhere().isEmpty())
            .map(BookEquation::label)
            .filter(label -> !LEDGER.methods().containsKey(label))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), without);
  }

  @Test
  void everyComputableEquationHasAProof() {
    Set<String> unproven =
        LEDGER.equations().stream()
            .filter(equation -> !equation.elsewhere().endsWith("no method"))
            .map(BookEquation::label)
            .filter(label -> !LEDGER.proofs().containsKey(label))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), unproven);
  }

  @Test
  void noAnnotationNamesALabelThatTheBookDoesNotHave() {
    assertTrue(labels().containsAll(LEDGER.methods().keySet()), LEDGER.methods()::toString);
    assertTrue(labels().containsAll(LEDGER.proofs().keySet()), LEDGER.proofs()::toString);
  }

  @Test
  void thePageIsCurrent() throws IOException {
    Pages.assertCurrent("equations.md", LEDGER.page());
  }

  private static Set<String> labels() {
    return LEDGER.equations().stream().map(BookEquation::label).collect(Collectors.toSet());
  }
}
