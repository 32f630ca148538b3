package org.rlhf4j.cuda.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns operands into slots of the register banks; gives constants slots of their own. */
final class Slots {
  private final Entry entry;
  private final Map<Integer, Integer> words = new HashMap<>();
  private final Map<Long, Integer> longs = new HashMap<>();
  private final Map<SpecialRegister, Integer> specials = new HashMap<>();
  private int nextWord;
  private int nextLong;
  private int nextPredicate;

  Slots(Entry entry) {
    this.entry = entry;
    nextWord = entry.registers().words();
    nextLong = entry.registers().longs();
    nextPredicate = entry.registers().predicates();
  }

  Entry entry() {
    return entry;
  }

  Program program(Step[] steps, int[] guards, int[] guardFlips) {
    List<Program.Constant> constants = new ArrayList<>();
    words.forEach((bits, slot) -> constants.add(new Program.Constant(slot, bits)));
    List<Program.Constant64> constants64 = new ArrayList<>();
    longs.forEach((bits, slot) -> constants64.add(new Program.Constant64(slot, bits)));
    List<Program.SpecialSlot> special = new ArrayList<>();
    specials.forEach((register, slot) -> special.add(new Program.SpecialSlot(slot, register)));
    return new Program(
        entry,
        steps,
        guards,
        guardFlips,
        nextWord,
        nextLong,
        nextPredicate,
        constants,
        constants64,
        special);
  }

  PtxSyntaxException error(Instruction i, String what) {
    return new PtxSyntaxException(entry.file(), i.line(), i.text() + " " + what);
  }

  /**
   * Refuses modifiers that the caller does not know, and a wrong number of operands. Hints to a
   * cache ({@code .L1::evict_last}) change no result.
   */
  void allow(Instruction i, int operands, String... modifiers) {
    Set<String> known = Set.of(modifiers);
    for (String modifier : i.modifiers()) {
      boolean hint = modifier.startsWith("L1::") || modifier.startsWith("L2::");
      if (!hint && !Type.isType(modifier) && !known.contains(modifier)) {
        throw error(i, "has the modifier ." + modifier + ", which is not supported");
      }
    }
    if (i.operands().size() != operands) {
      throw error(i, "has " + i.operands().size() + " operands, expected " + operands);
    }
  }

  Type type(Instruction i) {
    List<Type> types = i.types();
    if (types.isEmpty()) {
      throw error(i, "has no type");
    }
    return types.getLast();
  }

  /** A source of up to 32 bits. */
  int word(Instruction i, Operand operand, Type type) {
    return switch (operand) {
      case Operand.Register r when bank(r.type()) == 1 -> checkWidth(i, r, type);
      case Operand.Whole whole -> constant(truncate((int) whole.value(), type));
      case Operand.Real real -> constant(floatBits(i, real.value(), type));
      case Operand.Bits32 bits -> constant(bits.bits());
      case Operand.Special special -> special(i, special.name());
      case Operand.Symbol symbol -> constant((int) addressOf(i, symbol));
      default -> throw error(i, "cannot use " + operand + " as a source of 32 bits");
    };
  }

  /** A source of 64 bits. */
  int wide(Instruction i, Operand operand) {
    return switch (operand) {
      case Operand.Register r when bank(r.type()) == 2 -> r.slot();
      case Operand.Whole whole -> constant64(whole.value());
      case Operand.Symbol symbol -> constant64(addressOf(i, symbol));
      default -> throw error(i, "cannot use " + operand + " as a source of 64 bits");
    };
  }

  /** Source {@code index} of an instruction, of either width. */
  int source(Instruction i, int index, Type type) {
    return type.bytes() == 8 ? wide(i, i.operand(index)) : word(i, i.operand(index), type);
  }

  /** A register that receives a result of that type. */
  int target(Instruction i, Operand operand, Type type) {
    if (operand instanceof Operand.Register r && bank(r.type()) == bank(type)) {
      return type == Type.PRED || type.bytes() == 8 ? r.slot() : checkWidth(i, r, type);
    }
    if (operand instanceof Operand.Sink) {
      return switch (bank(type)) {
        case 0 -> nextPredicate++;
        case 1 -> nextWord++;
        default -> nextLong++;
      };
    }
    throw error(i, "cannot put a " + type.text() + " into " + operand);
  }

  int predicate(Instruction i, Operand operand) {
    if (operand instanceof Operand.Register r && r.type() == Type.PRED) {
      return r.slot();
    }
    throw error(i, "needs a predicate register, got " + operand);
  }

  int constant(int bits) {
    return words.computeIfAbsent(bits, b -> nextWord++);
  }

  int constant64(long bits) {
    return longs.computeIfAbsent(bits, b -> nextLong++);
  }

  int label(Instruction i) {
    if (i.operand(0) instanceof Operand.Symbol symbol) {
      Integer target = entry.labels().get(symbol.name());
      if (target == null) {
        throw error(i, "jumps to a label that does not exist");
      }
      return target;
    }
    throw error(i, "needs a label");
  }

  /** The address of a variable in its own space. */
  private long addressOf(Instruction i, Operand.Symbol symbol) {
    Variable variable = entry.variables().get(symbol.name());
    if (variable == null) {
      throw error(i, "names '" + symbol.name() + "', which is not declared");
    }
    return variable.offset();
  }

  private int special(Instruction i, String name) {
    if (name.equals("WARP_SZ")) {
      return constant(32);
    }
    for (SpecialRegister register : SpecialRegister.values()) {
      if (register.text().equals(name)) {
        return specials.computeIfAbsent(register, r -> nextWord++);
      }
    }
    throw error(i, "reads " + name + ", which is neither declared nor a special register here");
  }

  private int checkWidth(Instruction i, Operand.Register r, Type type) {
    boolean wider = r.type().bytes() > type.bytes();
    if (r.type().bytes() < type.bytes() || (wider && !widens(i))) {
      throw error(i, "is of type " + type.text() + " but " + r.name() + " is a " + r.type().text());
    }
    return r.slot();
  }

  /** Loads, stores and conversions may use a register wider than the type. */
  private static boolean widens(Instruction i) {
    return i.name().equals("ld") || i.name().equals("st") || i.name().equals("cvt");
  }

  private static int bank(Type type) {
    return type == Type.PRED ? 0 : type.bytes() <= 4 ? 1 : 2;
  }

  private static int truncate(int value, Type type) {
    return switch (type.bytes()) {
      case 1 -> value & 0xff;
      case 2 -> value & 0xffff;
      default -> value;
    };
  }

  private int floatBits(Instruction i, double value, Type type) {
    return switch (type) {
      case F32, B32 -> Float.floatToRawIntBits((float) value);
      case F16, BF16 -> Half.of(type).bits((float) value);
      default -> throw error(i, "has a float constant where a " + type.text() + " is expected");
    };
  }
}
