package org.rlhf4j.cuda.ptx;

import java.util.List;
import java.util.Locale;

/**
 * What one launch did: enough to compare two versions of a kernel without a GPU.
 *
 * @param instructions executed, one for a whole warp
 * @param laneInstructions executed, one for each active lane
 * @param globalRequests warp instructions that touched global memory
 * @param globalSectors pieces of 32 bytes that those requests moved; four for 128 coalesced bytes
 * @param globalReadBytes bytes that threads asked to read, whether or not a cache would hold them
 * @param globalWriteBytes bytes that threads wrote
 * @param sharedRequests warp instructions that touched shared memory
 * @param bankConflicts extra passes that shared requests needed
 * @param barriers block barriers, one for each block
 * @param lines how often each instruction ran
 */
public record LaunchReport(
    String kernel,
    Dim grid,
    Dim block,
    long instructions,
    long laneInstructions,
    long globalRequests,
    long globalSectors,
    long globalReadBytes,
    long globalWriteBytes,
    long sharedRequests,
    long bankConflicts,
    long barriers,
    List<Line> lines) {

  /** One instruction and the number of warps that executed it. */
  public record Line(int line, String text, String opcode, long executed) {}

  /** How many warps executed instructions of that opcode, without modifiers: {@code ex2}. */
  public long executed(String opcode) {
    return lines.stream().filter(l -> l.opcode().equals(opcode)).mapToLong(Line::executed).sum();
  }

  /** Bytes moved in whole sectors over bytes asked for; 1 is perfect coalescing. */
  public double sectorOverhead() {
    return 32.0 * globalSectors / (globalReadBytes + globalWriteBytes);
  }

  /** A table for people. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s grid %s block %s%n"
            + "  instructions     %,15d warp, %,d lane%n"
            + "  global memory    %,15d requests, %,d sectors of 32 bytes%n"
            + "                   %,15d bytes read, %,d written; sectors / asked %.3f%n"
            + "  shared memory    %,15d requests, %,d bank conflicts%n"
            + "  barriers         %,15d%n",
        kernel,
        grid,
        block,
        instructions,
        laneInstructions,
        globalRequests,
        globalSectors,
        globalReadBytes,
        globalWriteBytes,
        sectorOverhead(),
        sharedRequests,
        bankConflicts,
        barriers);
  }
}
