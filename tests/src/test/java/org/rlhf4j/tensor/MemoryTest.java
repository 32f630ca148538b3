package org.rlhf4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Who owns memory and for how long: pool, workspace, tensor. */
class MemoryTest {
  private final Pool pool = new Pool(new ReferenceBackend());
  private final Workspace workspace = new Workspace(pool);

  @AfterEach
  void nothingIsLeftOnLoan() {
    workspace.close();
    assertEquals(0, pool.lent());
    pool.close();
  }

  private static void assertMessage(
      String expected, Class<? extends Exception> type, Executable executable) {
    assertEquals(expected, assertThrows(type, executable).getMessage());
  }

  @Property(tries = 1000)
  void aSizeClassHoldsItsLengthAndWastesAtMostAnEighth(
      @ForAll @IntRange(min = 17, max = Integer.MAX_VALUE - 64) int length) {
    int size = Pool.sizeClass(length);
    assertTrue(size >= length, size + " for " + length);
    assertTrue(size <= length * 1.125, size + " for " + length);
    assertEquals(size, Pool.sizeClass(size), "a class holds itself");
  }

  @Test
  void anOctaveHasEightSizeClasses() {
    TreeSet<Integer> classes = new TreeSet<>();
    for (int length = 1025; length <= 2048; length++) {
      classes.add(Pool.sizeClass(length));
    }
    assertEquals(8, classes.size());
    assertEquals(2048, classes.last());
    for (int length = 0; length <= 16; length++) {
      assertEquals(16, Pool.sizeClass(length));
    }
  }

  @Test
  void theLargestShapesHaveASizeClass() {
    assertEquals(Shape.MAXIMUM_SIZE, Pool.sizeClass(Shape.MAXIMUM_SIZE));
    assertEquals(Shape.MAXIMUM_SIZE, Pool.sizeClass((15 << 27) + 1));
    assertEquals(15 << 27, Pool.sizeClass(15 << 27));
  }

  @Test
  void aBufferGivenBackIsLentAgain() {
    Buffer first = workspace.empty(Shape.of(100)).buffer();
    try (Workspace step = new Workspace(pool)) {
      Tensor tensor = step.empty(Shape.of(10, 10));
      Buffer second = tensor.buffer();
      assertNotSame(first, second);
      assertEquals(2, pool.lent());
      step.release(tensor);
      assertEquals(1, pool.lent());
      assertSame(second, step.empty(Shape.of(97)).buffer(), "97 and 100 share a size class");
    }
    assertEquals(1, pool.lent());
    assertEquals(2, pool.allocations());
    assertEquals(208, pool.allocatedElements());
  }

  @Test
  void theLoansMustEndBeforeThePool() {
    Pool other = new Pool(new ReferenceBackend());
    Workspace open = new Workspace(other);
    open.empty(Shape.of(2));
    open.empty(Shape.of(2));
    assertMessage(
        "2 buffers are still on loan; close their workspaces and tapes first",
        IllegalStateException.class,
        other::close);
    open.close();
    other.close();
  }

  @Test
  void useAfterReleaseIsAnErrorForEveryReshape() {
    Tensor tensor = workspace.zeros(Shape.of(2, 3));
    Tensor reshaped = tensor.reshape(Shape.of(6));
    workspace.release(tensor);
    assertMessage(
        "tensor [2, 3] was used after its workspace gave the memory back",
        IllegalStateException.class,
        tensor::toDoubles);
    assertMessage(
        "tensor [6] was used after its workspace gave the memory back",
        IllegalStateException.class,
        reshaped::buffer);
    assertMessage(
        "tensor [6] was used after its workspace gave the memory back",
        IllegalStateException.class,
        () -> workspace.release(reshaped));
  }

  @Test
  void aClosedWorkspaceIsClosed() {
    Workspace closed = new Workspace(pool);
    Tensor tensor = closed.zeros(Shape.of(2));
    closed.close();
    assertMessage(
        "tensor [2] was used after its workspace gave the memory back",
        IllegalStateException.class,
        tensor::toDoubles);
    assertMessage(
        "cannot make a tensor [3]: the workspace is closed",
        IllegalStateException.class,
        () -> closed.empty(Shape.of(3)));
    assertMessage("the workspace is already closed", IllegalStateException.class, closed::close);
  }

  @Test
  void reusedMemoryIsFilledAnew() {
    workspace.release(workspace.full(Shape.of(20), 7));
    assertArrayEquals(new double[20], workspace.zeros(Shape.of(20)).toDoubles());
  }

  @Test
  void elementsGoInAndComeOut() {
    Tensor tensor = workspace.of(Shape.of(2, 2), 1, 2, 3, 4.5);
    assertArrayEquals(new double[] {1, 2, 3, 4.5}, tensor.toDoubles());
    assertArrayEquals(new float[] {1, 2, 3, 4.5f}, tensor.toFloats());
    tensor.set(new float[] {5, 6, 7, 8});
    assertArrayEquals(new double[] {5, 6, 7, 8}, tensor.toDoubles());
    assertArrayEquals(
        new double[] {0.1f}, workspace.of(Shape.of(1), new float[] {0.1f}).toDoubles());
    assertEquals(3, workspace.full(Shape.scalar(), 3).item());
    assertEquals(4, tensor.size());
    assertEquals("Tensor[2, 2]@reference", tensor.toString());
  }

  @Test
  void aReshapeSharesItsMemory() {
    Tensor tensor = workspace.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor row = tensor.reshape(Shape.of(6));
    row.host().set(5, 60);
    assertEquals(60, tensor.toDoubles()[5]);
    assertEquals(1, pool.lent());
    assertMessage(
        "cannot reshape [2, 3] of 6 elements to [4] of 4",
        IllegalArgumentException.class,
        () -> tensor.reshape(Shape.of(4)));
  }

  @Test
  void tensorRefusals() {
    Tensor tensor = workspace.zeros(Shape.of(2, 2));
    assertMessage(
        "item() needs exactly one element, but the shape is [2, 2]",
        IllegalStateException.class,
        tensor::item);
    assertMessage(
        "values has 3 entries but the tensor of shape [2, 2] has 4; they must be equal",
        IllegalArgumentException.class,
        () -> tensor.set(1, 2, 3));
  }

  @Test
  void backendsOpenByName() {
    assertTrue(Backends.names().containsAll(List.of("reference", "simd")));
    for (String name : new String[] {"reference", "simd"}) {
      try (Backend backend = Backends.open(name, 1)) {
        assertEquals(name, backend.name());
      }
    }
    String names = String.join(", ", Backends.names());
    assertMessage(
        "there is no backend named gpu; available are " + names,
        IllegalArgumentException.class,
        () -> Backends.open("gpu", 1));
    assertMessage(
        "threads must be positive, got 0",
        IllegalArgumentException.class,
        () -> Backends.open("reference", 0));
  }
}
