package org.rlhf4j.cuda.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.rlhf4j.cuda.ptx.Argument;
import org.rlhf4j.cuda.ptx.Emulator;
import org.rlhf4j.cuda.ptx.Entry;
import org.rlhf4j.cuda.ptx.Type;
import org.rlhf4j.cuda.ptx.Variable;

/** The arguments of a launch, as written on the command line, and the memory that they name. */
record KernelArguments(List<Argument> values, List<Buffer> buffers) {
  private static final int SHOWN = 8;
  private static final String MEMORY =
      "memory is buffer:LENGTH, zeros:LENGTH, empty:LENGTH or ids:LENGTH:BELOW";

  /** A buffer of 32-bit words; {@code real} tells how to print them. */
  record Buffer(String name, long address, int length, boolean real) {
    String show(Emulator emulator) {
      int[] words = new int[length];
      emulator.memory().download(address, words, 0, length);
      StringBuilder line = new StringBuilder("  " + name + " =");
      for (int i = 0; i < Math.min(length, SHOWN); i++) {
        line.append(' ').append(real ? String.valueOf(Float.intBitsToFloat(words[i])) : words[i]);
      }
      return line.append(length > SHOWN ? " ..." : "").toString();
    }
  }

  /**
   * Reads texts in the order of the signature, and allocates what they name.
   *
   * @throws IllegalArgumentException where one does not fit its parameter
   */
  static KernelArguments of(Entry entry, List<String> texts, Emulator emulator) {
    List<Variable> parameters = entry.parameters();
    if (texts.size() != parameters.size()) {
      throw new IllegalArgumentException(
          "%s takes %d arguments (%s), got %d"
              .formatted(
                  entry.name(),
                  parameters.size(),
                  String.join(
                      " ", parameters.stream().map(p -> p.type().text() + ":" + p.name()).toList()),
                  texts.size()));
    }
    List<Argument> values = new ArrayList<>();
    List<Buffer> buffers = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Variable parameter = parameters.get(i);
      if (parameter.type() == Type.U64 && texts.get(i).contains(":")) {
        Buffer buffer = buffer(parameter.name(), texts.get(i), emulator, new Random(i));
        buffers.add(buffer);
        values.add(new Argument.Pointer(buffer.address()));
      } else {
        values.add(number(parameter, texts.get(i)));
      }
    }
    return new KernelArguments(List.copyOf(values), List.copyOf(buffers));
  }

  /** {@return a line for each buffer; a word that nothing has written is an error} */
  List<String> show(Emulator emulator) {
    return buffers.stream().map(buffer -> buffer.show(emulator)).toList();
  }

  private static Argument number(Variable parameter, String text) {
    try {
      return switch (parameter.type()) {
        case F32 -> new Argument.Real(Float.parseFloat(text));
        case U64 -> new Argument.Pointer(Long.parseUnsignedLong(text));
        case B64, S64 -> new Argument.Wide(Long.parseLong(text));
        case U32 -> new Argument.Whole(Integer.parseUnsignedInt(text));
        default -> new Argument.Whole(Integer.parseInt(text));
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is a .%s, not %s%s"
              .formatted(
                  parameter.name(),
                  parameter.type().text(),
                  text,
                  parameter.type() == Type.U64 ? "; " + MEMORY : ""),
          e);
    }
  }

  private static Buffer buffer(String name, String text, Emulator emulator, Random random) {
    if (!text.matches("(buffer|zeros|empty):\\d{1,9}|ids:\\d{1,9}:[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException("%s cannot be %s; %s".formatted(name, text, MEMORY));
    }
    String[] parts = text.split(":", -1);
    int length = Integer.parseInt(parts[1]);
    long address = emulator.memory().allocate(4L * length, name);
    int[] words = new int[length];
    switch (parts[0]) {
      case "buffer" -> {
        for (int i = 0; i < length; i++) {
          words[i] = Float.floatToRawIntBits((float) random.nextGaussian());
        }
      }
      case "ids" -> {
        for (int i = 0; i < length; i++) {
          words[i] = random.nextInt(Integer.parseInt(parts[2]));
        }
      }
      default -> {}
    }
    if (!parts[0].equals("empty")) {
      emulator.memory().upload(address, words, 0, length);
    }
    return new Buffer(name, address, length, !parts[0].equals("ids"));
  }
}
