package org.rlhf4j.cuda.ptx;

import java.util.List;

/** {@code ld} and {@code st}, scalar and vector, in every space. */
final class MemorySteps {
  private static final String[] KNOWN = {
    "param", "global", "shared", "local", "v2", "v4", "ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc"
  };

  private MemorySteps() {}

  static Step decode(Instruction i, Slots slots) {
    slots.allow(i, 2, KNOWN);
    boolean load = i.name().equals("ld");
    Type type = slots.type(i);
    if (!(i.operand(load ? 1 : 0) instanceof Operand.Address address)) {
      throw slots.error(i, "needs an address in brackets");
    }
    Operand value = i.operand(load ? 0 : 1);
    List<Operand> values = value instanceof Operand.Pack pack ? pack.elements() : List.of(value);
    int expected = i.has("v4") ? 4 : i.has("v2") ? 2 : 1;
    if (values.size() != expected) {
      throw slots.error(i, "needs " + expected + " registers, has " + values.size());
    }
    int[] registers = new int[expected];
    boolean wide = false;
    for (int e = 0; e < expected; e++) {
      wide = type.bytes() == 8 || isWide(values.get(e));
      Type width = wide ? Type.B64 : type;
      registers[e] =
          load
              ? slots.target(i, values.get(e), width)
              : wide ? slots.wide(i, values.get(e)) : slots.word(i, values.get(e), width);
    }
    AddressSpace space = AddressSpace.of(i);
    Addresses addresses = Addresses.of(i, slots, address);
    return load
        ? new Load(addresses, space, type, registers, wide, isHalf(values.getFirst()))
        : new Store(addresses, space, type, registers, wide);
  }

  private static boolean isWide(Operand operand) {
    return operand instanceof Operand.Register r && r.type().bytes() == 8;
  }

  private static boolean isHalf(Operand operand) {
    return operand instanceof Operand.Register r && r.type().bytes() == 2;
  }

  /** Computes {@code base + offset} for each lane. */
  record Addresses(int slot, boolean wide, long offset) {
    static Addresses of(Instruction i, Slots slots, Operand.Address address) {
      boolean wide = !(address.base() instanceof Operand.Register r) || r.type().bytes() == 8;
      int slot = wide ? slots.wide(i, address.base()) : slots.word(i, address.base(), Type.U32);
      return new Addresses(slot, wide, address.offset());
    }

    void compute(Warp warp, int mask) {
      long[] to = warp.address;
      if (wide) {
        long[] base = warp.read64(slot, mask);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
          to[lane] = base[lane] + offset;
        }
      } else {
        int[] base = warp.read(slot, mask);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
          to[lane] = (base[lane] & 0xffffffffL) + offset;
        }
      }
    }
  }

  /** What loads and stores share: where, how wide, and what to count. */
  private abstract static class Access implements Step {
    private final Addresses addresses;
    private final AddressSpace declared;
    final Type type;
    final int[] registers;
    final boolean wide;
    private final int width;

    /** Whether a lane moves 32 bits, as most do: they have a shorter way. */
    private final boolean isWord;

    Access(Addresses addresses, AddressSpace space, Type type, int[] registers, boolean wide) {
      this.addresses = addresses;
      this.declared = space;
      this.type = type;
      this.registers = registers;
      this.wide = wide;
      this.width = type.bytes() * registers.length;
      this.isWord = width == 4 && registers.length == 1 && !wide;
    }

    void run(Warp warp, int mask, boolean write) {
      addresses.compute(warp, mask);
      AddressSpace space = declared.resolve(warp, mask);
      space.place(warp, mask, width);
      if (space == AddressSpace.GLOBAL) {
        warp.machine.counters.global(warp.address, mask, width, write);
      } else if (space == AddressSpace.SHARED) {
        warp.machine.counters.shared(warp.address, mask, width);
      }
      boolean checked = warp.machine.options.checks() && space != AddressSpace.PARAM;
      int first = Integer.numberOfTrailingZeros(mask);
      Segment segment = space.locate(warp, first, width);
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        long address = warp.address[lane];
        if (!segment.contains(address, width)) {
          segment = space.locate(warp, lane, width);
        }
        if ((address & (width - 1)) != 0) {
          throw warp.fault(
              PtxFault.Kind.MISALIGNED,
              lane,
              "needs an address that is a multiple of "
                  + width
                  + ", got "
                  + GlobalMemory.hex(address)
                  + " ("
                  + segment.label
                  + " + "
                  + (address - segment.base)
                  + ")");
        }
        long offset = address - segment.base;
        int word = (int) (offset >>> 2);
        if (isWord) {
          word(warp, segment, word, lane, checked);
          continue;
        }
        if (checked) {
          check(warp, lane, segment, word, (int) offset & 3);
        }
        move(segment, word, (int) offset & 3, lane);
      }
    }

    private void check(Warp warp, int lane, Segment segment, int word, int byteOffset) {
      long stamp = warp.stamp[lane];
      if (width < 4) {
        check(warp, lane, segment, word, ((1 << width) - 1) << byteOffset, stamp);
      } else {
        for (int w = 0; w < width / 4; w++) {
          check(warp, lane, segment, word + w, 15, stamp);
        }
      }
    }

    abstract void check(Warp warp, int lane, Segment segment, int word, int bytes, long stamp);

    /** Moves the elements of one lane. */
    abstract void move(Segment segment, int word, int byteOffset, int lane);

    /** Checks and moves the 32 bits of one lane. */
    abstract void word(Warp warp, Segment segment, int word, int lane, boolean checked);
  }

  private static final class Load extends Access {
    private final int[][] to;
    private final long[][] to64;
    private final int keep;

    Load(
        Addresses addresses,
        AddressSpace space,
        Type type,
        int[] registers,
        boolean wide,
        boolean half) {
      super(addresses, space, type, registers, wide);
      keep = half ? 0xffff : -1;
      to = new int[registers.length][];
      to64 = new long[registers.length][];
    }

    @Override
    public void execute(Warp warp, int mask) {
      for (int e = 0; e < registers.length; e++) {
        if (wide) {
          to64[e] = warp.lanes64(registers[e]);
        } else {
          to[e] = warp.lanes(registers[e]);
        }
      }
      run(warp, mask, false);
      for (int register : registers) {
        if (wide) {
          warp.markWritten64(register, mask);
        } else {
          warp.markWritten(register, mask);
        }
      }
    }

    @Override
    void check(Warp warp, int lane, Segment segment, int word, int bytes, long stamp) {
      segment.read(warp, lane, word, bytes, stamp);
    }

    @Override
    void word(Warp warp, Segment segment, int word, int lane, boolean checked) {
      if (checked) {
        segment.read(warp, lane, word, 15, warp.stamp[lane]);
      }
      to[0][lane] = segment.words[word];
    }

    @Override
    void move(Segment segment, int word, int byteOffset, int lane) {
      int[] words = segment.words;
      if (type.bytes() == 4) {
        for (int e = 0; e < registers.length; e++) {
          int value = words[word + e];
          if (wide) {
            to64[e][lane] = type.isSigned() ? value : value & 0xffffffffL;
          } else {
            to[e][lane] = value;
          }
        }
      } else if (type.bytes() == 8) {
        for (int e = 0; e < registers.length; e++) {
          long low = words[word + 2 * e] & 0xffffffffL;
          to64[e][lane] = low | (long) words[word + 2 * e + 1] << 32;
        }
      } else {
        for (int e = 0; e < registers.length; e++) {
          int at = byteOffset + e * type.bytes();
          int value = words[word + at / 4] >>> (8 * (at & 3));
          int extended = extend(value);
          if (wide) {
            to64[e][lane] = extended;
          } else {
            to[e][lane] = extended & keep;
          }
        }
      }
    }

    private int extend(int value) {
      return switch (type) {
        case S8 -> (byte) value;
        case S16 -> (short) value;
        default -> type.bytes() == 1 ? value & 0xff : value & 0xffff;
      };
    }
  }

  private static final class Store extends Access {
    private final int[][] from;
    private final long[][] from64;

    Store(Addresses addresses, AddressSpace space, Type type, int[] registers, boolean wide) {
      super(addresses, space, type, registers, wide);
      from = new int[registers.length][];
      from64 = new long[registers.length][];
    }

    @Override
    public void execute(Warp warp, int mask) {
      for (int e = 0; e < registers.length; e++) {
        if (wide) {
          from64[e] = warp.read64(registers[e], mask);
        } else {
          from[e] = warp.read(registers[e], mask);
        }
      }
      run(warp, mask, true);
    }

    @Override
    void check(Warp warp, int lane, Segment segment, int word, int bytes, long stamp) {
      segment.write(warp, lane, word, bytes, stamp);
    }

    @Override
    void word(Warp warp, Segment segment, int word, int lane, boolean checked) {
      if (checked) {
        segment.write(warp, lane, word, 15, warp.stamp[lane]);
      }
      segment.words[word] = from[0][lane];
    }

    @Override
    void move(Segment segment, int word, int byteOffset, int lane) {
      int[] words = segment.words;
      for (int e = 0; e < registers.length; e++) {
        long value = wide ? from64[e][lane] : from[e][lane];
        if (type.bytes() == 4) {
          words[word + e] = (int) value;
        } else if (type.bytes() == 8) {
          words[word + 2 * e] = (int) value;
          words[word + 2 * e + 1] = (int) (value >>> 32);
        } else {
          int at = byteOffset + e * type.bytes();
          int shift = 8 * (at & 3);
          int field = (type.bytes() == 1 ? 0xff : 0xffff) << shift;
          int old = words[word + at / 4];
          words[word + at / 4] = (old & ~field) | (((int) value << shift) & field);
        }
      }
    }
  }
}
