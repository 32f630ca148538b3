package org.rlhf4j.rlhf.report;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CurveTest {
  /** Left and right edge are 46 and 310, top and bottom 24 and 128. */
  @Test
  void theLowestValueIsAtTheBottomAndTheHighestAtTheTop() {
    String svg = Curve.of("loss", List.of(4.0, 3.0, 2.0)).svg();
    assertTrue(svg.contains("points=\"46.0,24.0 178.0,76.0 310.0,128.0\""), svg);
    assertTrue(svg.contains(">4.00<") && svg.contains(">2.00<"), svg);
  }

  @Test
  void valuesThatAreNotFiniteAreLeftOut() {
    String svg = Curve.of("loss", List.of(1.0, Double.NaN, 2.0)).svg();
    assertTrue(svg.contains("points=\"46.0,128.0 310.0,24.0\""), svg);
    assertFalse(svg.contains("NaN"));
  }

  @Test
  void seedsShareTheScale() {
    String svg = new Curve("loss", List.of(List.of(1.0, 2.0, 3.0), List.of(5.0))).svg();
    assertTrue(svg.contains("points=\"46.0,128.0 178.0,102.0 310.0,76.0\""), svg);
    assertTrue(svg.contains("points=\"46.0,24.0\""), svg);
  }
}
