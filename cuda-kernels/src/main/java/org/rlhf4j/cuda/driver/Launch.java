package org.rlhf4j.cuda.driver;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.cuda.ptx.Argument;
import org.rlhf4j.cuda.ptx.Dim;

/**
 * The record of one launch.
 *
 * @param file below {@code /ptx}, such as {@code softmax/2-registers.ptx}
 * @param entry the kernel in it
 * @param sharedBytes dynamic shared memory of a block
 */
public record Launch(
    String file, String entry, Dim grid, Dim block, int sharedBytes, List<Argument> arguments) {
  public Launch {
    arguments = List.copyOf(arguments);
  }

  /** A launch without arguments yet. */
  public static Launch of(String file, String entry, Dim grid, Dim block) {
    return new Launch(file, entry, grid, block, 0, List.of());
  }

  /** The same with dynamic shared memory. */
  public Launch shared(int bytes) {
    return new Launch(file, entry, grid, block, bytes, arguments);
  }

  /** The same with one more argument. */
  public Launch with(Argument argument) {
    List<Argument> more = new ArrayList<>(arguments);
    more.add(argument);
    return new Launch(file, entry, grid, block, sharedBytes, more);
  }

  /** Adds an address. */
  public Launch pointer(long address) {
    return with(new Argument.Pointer(address));
  }

  /** Adds a whole number. */
  public Launch whole(int value) {
    return with(new Argument.Whole(value));
  }

  /** Adds a float. */
  public Launch real(double value) {
    return with(new Argument.Real((float) value));
  }
}
