package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KlControllerTest {
  @Test
  void byHand() {
    KlController.Adaptive controller = new KlController.Adaptive(0.15, 6, 10_000);
    // KL 6.6: error 0.1, 256 episodes: factor 1 + 0.1 * 256 / 10000
    assertEquals(0.15 * 1.00256, controller.after(6.6, 256).coefficient(), 1e-15);
    // beyond 20 % off the error is cut
    assertEquals(0.15 * 1.00512, controller.after(60, 256).coefficient(), 1e-15);
    assertEquals(0.15 * 0.99488, controller.after(0, 256).coefficient(), 1e-15);
    assertEquals(0.15, controller.after(6, 256).coefficient());
    assertEquals(0.15 * 0.99488, controller.after(-3, 256).coefficient(), 1e-15);
  }

  @Test
  void holdsAPlantAtItsTarget() {
    // a policy whose KL is 3 / beta: the loop must end at beta = 3 / 6
    KlController controller = new KlController.Adaptive(0.01, 6, 1_000);
    for (int step = 0; step < 2_000; step++) {
      controller = controller.after(3 / controller.coefficient(), 64);
    }
    assertEquals(0.5, controller.coefficient(), 1e-9);
  }

  @Test
  void fixedStaysFixed() {
    KlController controller = new KlController.Fixed(0.05);
    assertEquals(0.05, controller.after(100, 64).coefficient());
    assertTrue(new KlController.Fixed(0).coefficient() == 0);
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new KlController.Fixed(-1));
    assertThrows(IllegalArgumentException.class, () -> new KlController.Fixed(Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> new KlController.Fixed(Double.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> new KlController.Adaptive(1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new KlController.Adaptive(1, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new KlController.Adaptive(-1, 1, 1));
    KlController controller = new KlController.Adaptive(1, 6, 10);
    assertThrows(IllegalArgumentException.class, () -> controller.after(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> controller.after(6, 50));
    assertThrows(IllegalArgumentException.class, () -> controller.after(6, -1));
    assertTrue(controller.after(0, 49).coefficient() > 0);
  }
}
