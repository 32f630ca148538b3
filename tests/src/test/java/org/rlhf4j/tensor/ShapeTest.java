package org.rlhf4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.rlhf4j.tensor.kernel.Broadcast;

class ShapeTest {
  private static void assertRefused(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }

  @Test
  void printsAndComparesByValue() {
    assertEquals("[8, 31]", Shape.of(8, 31).toString());
    assertEquals("[]", Shape.scalar().toString());
    assertEquals(Shape.of(8, 31), Shape.of(8, 31));
    assertEquals(Shape.of(8, 31).hashCode(), Shape.of(8, 31).hashCode());
    assertNotEquals(Shape.of(8, 31), Shape.of(31, 8));
    assertNotEquals(Shape.of(8), Shape.of(8, 1));
  }

  @Test
  void cannotBeChangedFromOutside() {
    int[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.dims()[1] = 9;
    assertEquals(Shape.of(2, 3), shape);
  }

  @Test
  void measures() {
    Shape shape = Shape.of(2, 3, 5);
    assertEquals(3, shape.rank());
    assertEquals(30, shape.size());
    assertEquals(6, shape.rows());
    assertEquals(5, shape.columns());
    assertEquals(5, shape.dim(-1));
    assertEquals(2, shape.dim(-3));
    assertEquals(2, shape.outer(1));
    assertEquals(5, shape.inner(1));
    assertEquals(5, shape.inner(-2));
    assertEquals(Shape.of(2, 7, 5), shape.with(-2, 7));
    assertEquals(Shape.of(2, 3), shape.dropLast());
    assertEquals(Shape.scalar(), Shape.of(4).dropLast());
  }

  @Test
  void aScalarIsOneRowOfOneColumn() {
    assertEquals(0, Shape.scalar().rank());
    assertEquals(1, Shape.scalar().size());
    assertEquals(1, Shape.scalar().rows());
    assertEquals(1, Shape.scalar().columns());
  }

  @Test
  void anEmptyAxisMakesAnEmptyTensor() {
    assertEquals(0, Shape.of(3, 0).size());
    assertEquals(3, Shape.of(3, 0).rows());
    assertEquals(0, Shape.of(0, 3).rows());
  }

  @Test
  void refusals() {
    assertRefused(
        "shape [2, -1] has a negative dimension; all must be 0 or more", () -> Shape.of(2, -1));
    assertRefused(
        "shape [65536, 32768] has more than 2^31 elements; split the work",
        () -> Shape.of(65536, 32768));
    assertRefused(
        "shape [65536, 65536, 65536, 65536] has more than 2^31 elements; split the work",
        () -> Shape.of(65536, 65536, 65536, 65536));
    assertRefused("axis 2 does not exist in shape [4, 5] of rank 2", () -> Shape.of(4, 5).dim(2));
    assertRefused(
        "axis -3 does not exist in shape [4, 5] of rank 2", () -> Shape.of(4, 5).with(-3, 1));
    assertRefused("axis 0 does not exist in shape [] of rank 0", () -> Shape.scalar().dim(0));
    assertRefused("a scalar has no last axis to drop", () -> Shape.scalar().dropLast());
    assertRefused(
        "shapes [8] and [8, 1] have different ranks; reshape one of them",
        () -> Shape.broadcast(Shape.of(8), Shape.of(8, 1)));
    assertRefused(
        "shapes [8, 31] and [8, 32] do not broadcast: axis 1 is 31 and 32; lengths must be equal"
            + " or 1",
        () -> Shape.broadcast(Shape.of(8, 31), Shape.of(8, 32)));
    assertRefused(
        "shapes [0] and [2] do not broadcast: axis 0 is 0 and 2; lengths must be equal or 1",
        () -> Shape.broadcast(Shape.of(0), Shape.of(2)));
  }

  @Test
  void scalarsStretchToAnythingAndOnesToAnyLength() {
    assertEquals(Shape.of(2, 3), Shape.broadcast(Shape.scalar(), Shape.of(2, 3)));
    assertEquals(Shape.of(2, 3), Shape.broadcast(Shape.of(2, 3), Shape.scalar()));
    assertEquals(Shape.of(2, 3), Shape.broadcast(Shape.of(2, 1), Shape.of(1, 3)));
    assertEquals(Shape.of(0, 3), Shape.broadcast(Shape.of(1, 3), Shape.of(0, 1)));
  }

  @Property(tries = 200)
  void broadcastIsCommutativeAndLengthensOnesOnly(
      @ForAll @Size(3) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @Size(3) List<Boolean> left,
      @ForAll @Size(3) List<Boolean> right) {
    int[] full = dims.stream().mapToInt(Integer::intValue).toArray();
    Shape a = Shape.of(shortened(full, left));
    Shape b = Shape.of(shortened(full, right));
    Shape both = Shape.broadcast(a, b);
    assertEquals(both, Shape.broadcast(b, a));
    assertEquals(both, Shape.broadcast(both, a));
    for (int axis = 0; axis < 3; axis++) {
      assertEquals(Math.max(a.dim(axis), b.dim(axis)), both.dim(axis));
    }
  }

  /** The index of a stretched operand, element by element, from the definition. */
  @Property(tries = 100)
  void broadcastIndexDropsTheStretchedAxes(
      @ForAll @Size(3) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @Size(3) List<Boolean> ones) {
    int[] full = dims.stream().mapToInt(Integer::intValue).toArray();
    int[] small = shortened(full, ones);
    Broadcast broadcast = new Broadcast(Shape.of(small), Shape.of(full));
    int flat = 0;
    for (int i = 0; i < full[0]; i++) {
      for (int j = 0; j < full[1]; j++) {
        for (int k = 0; k < full[2]; k++) {
          int expected = ((i % small[0]) * small[1] + j % small[1]) * small[2] + k % small[2];
          assertEquals(expected, broadcast.index(flat++));
        }
      }
    }
    assertEquals(0, new Broadcast(Shape.scalar(), Shape.of(full)).index(flat - 1));
  }

  private static int[] shortened(int[] dims, List<Boolean> ones) {
    int[] result = Arrays.copyOf(dims, dims.length);
    for (int axis = 0; axis < dims.length; axis++) {
      result[axis] = ones.get(axis) ? 1 : dims[axis];
    }
    return result;
  }
}
