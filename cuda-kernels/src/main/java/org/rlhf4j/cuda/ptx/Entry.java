package org.rlhf4j.cuda.ptx;

import java.util.List;
import java.util.Map;

/**
 * One kernel of a PTX file.
 *
 * @param parameters in order, with their byte offsets
 * @param maxThreads the product of {@code .maxntid}, or 1024 where the file does not say
 * @param sharedBytes static shared memory of a block
 * @param localBytes local memory of a thread
 * @param labels instruction index of each label
 * @param registers how many registers each bank needs: predicates, 32 bits, 64 bits
 */
public record Entry(
    String file,
    String name,
    List<Variable> parameters,
    Map<String, Variable> variables,
    int maxThreads,
    int sharedBytes,
    int localBytes,
    List<Instruction> instructions,
    Map<String, Integer> labels,
    Banks registers) {

  /** Number of declared registers by width. */
  public record Banks(int predicates, int words, int longs) {}

  /** Bytes of the parameter block. */
  public int parameterBytes() {
    return parameters.isEmpty() ? 0 : parameters.getLast().offset() + parameters.getLast().bytes();
  }
}
