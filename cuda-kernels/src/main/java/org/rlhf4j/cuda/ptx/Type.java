package org.rlhf4j.cuda.ptx;

import java.util.Locale;

/**
 * The fundamental types of PTX. A register holds bits; the type of the instruction says how they
 * are read, so only the width decides in which bank a register lives.
 */
public enum Type {
  PRED(0),
  B8(1),
  U8(1),
  S8(1),
  B16(2),
  U16(2),
  S16(2),
  F16(2),
  BF16(2),
  B32(4),
  U32(4),
  S32(4),
  F32(4),
  F16X2(4),
  BF16X2(4),
  B64(8),
  U64(8),
  S64(8),
  F64(8);

  private final int bytes;

  Type(int bytes) {
    this.bytes = bytes;
  }

  /** Width in bytes; 0 for a predicate. */
  public int bytes() {
    return bytes;
  }

  boolean isSigned() {
    return this == S8 || this == S16 || this == S32 || this == S64;
  }

  boolean isFloat() {
    return this == F16
        || this == BF16
        || this == F32
        || this == F16X2
        || this == BF16X2
        || this == F64;
  }

  static boolean isType(String modifier) {
    for (Type type : values()) {
      if (type.text().equals(modifier)) {
        return true;
      }
    }
    return false;
  }

  static Type of(String modifier) {
    return valueOf(modifier.toUpperCase(Locale.ROOT));
  }

  /** The spelling in PTX without its dot, such as {@code f32}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
