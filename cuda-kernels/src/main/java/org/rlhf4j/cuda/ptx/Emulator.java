package org.rlhf4j.cuda.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs kernels on the CPU, from the PTX text that ships. One launch at a time, on the calling
 * thread; memory is sequentially consistent, so effects of weak memory between blocks are not seen.
 */
public final class Emulator {
  private record Key(Entry entry, Approximation approximation) {}

  private final GlobalMemory memory = new GlobalMemory();
  private final Map<Key, Program> programs = new HashMap<>();
  private long launches;

  public GlobalMemory memory() {
    return memory;
  }

  /** Launches with arguments that must match the parameters of the kernel in number and type. */
  public LaunchReport launch(
      Entry entry,
      Dim grid,
      Dim block,
      int dynamicShared,
      List<Argument> arguments,
      Options options) {
    return launch(entry, grid, block, dynamicShared, arguments, options, Trace.NONE);
  }

  /** The same, telling every instruction of the first warps as text after it was executed. */
  public LaunchReport launch(
      Entry entry,
      Dim grid,
      Dim block,
      int dynamicShared,
      List<Argument> arguments,
      Options options,
      Consumer<String> trace) {
    return launch(entry, grid, block, dynamicShared, arguments, options, new TextTrace(trace));
  }

  private LaunchReport launch(
      Entry entry,
      Dim grid,
      Dim block,
      int dynamicShared,
      List<Argument> arguments,
      Options options,
      Trace trace) {
    if (block.count() > entry.maxThreads()) {
      throw new IllegalArgumentException(
          entry.name()
              + " takes at most "
              + entry.maxThreads()
              + " threads a block, got "
              + block.count());
    }
    Key key = new Key(entry, options.approximation());
    Program program =
        programs.computeIfAbsent(key, k -> Decoder.decode(entry, options.approximation()));
    Segment parameters = parameters(entry, arguments);
    return new Machine(
            program, memory, parameters, grid, block, dynamicShared, options, trace, ++launches)
        .run();
  }

  private static Segment parameters(Entry entry, List<Argument> arguments) {
    check(entry, arguments);
    Segment segment = new Segment("the parameters", 0, entry.parameterBytes());
    for (int i = 0; i < arguments.size(); i++) {
      int word = entry.parameters().get(i).offset() / 4;
      switch (arguments.get(i)) {
        case Argument.Whole value -> segment.words[word] = value.value();
        case Argument.Real value -> segment.words[word] = Float.floatToRawIntBits(value.value());
        case Argument.Pointer value -> putLong(segment.words, word, value.address());
        case Argument.Wide value -> putLong(segment.words, word, value.value());
      }
    }
    segment.markWritten(0, segment.words.length);
    return segment;
  }

  /**
   * Compares arguments with the signature in the text.
   *
   * @throws IllegalArgumentException naming the first that does not fit
   */
  public static void check(Entry entry, List<Argument> arguments) {
    if (arguments.size() != entry.parameters().size()) {
      throw new IllegalArgumentException(
          entry.name()
              + " takes "
              + entry.parameters().size()
              + " arguments, got "
              + arguments.size());
    }
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      Variable parameter = entry.parameters().get(i);
      boolean fits =
          switch (arguments.get(i)) {
            case Argument.Whole value ->
                parameter.type() == Type.U32
                    || parameter.type() == Type.S32
                    || parameter.type() == Type.B32;
            case Argument.Real value -> parameter.type() == Type.F32;
            case Argument.Pointer value -> parameter.type() == Type.U64;
            case Argument.Wide value ->
                parameter.type() == Type.S64 || parameter.type() == Type.B64;
          };
      if (!fits) {
        wrong.add(
            "parameter "
                + i
                + ", "
                + parameter.name()
                + ", is ."
                + parameter.type().text()
                + " but the argument is "
                + arguments.get(i));
      }
    }
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(entry.name() + ": " + String.join("; ", wrong));
    }
  }

  private static void putLong(int[] words, int at, long value) {
    words[at] = (int) value;
    words[at + 1] = (int) (value >>> 32);
  }
}
