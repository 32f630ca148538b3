package org.rlhf4j.nn;

import java.nio.ByteBuffer;

/** How a number is stored in a safetensors file. Only the floating-point types can be read. */
enum ElementType {
  F64(8) {
    @Override
    double read(ByteBuffer in) {
      return in.getDouble();
    }
  },
  F32(4) {
    @Override
    double read(ByteBuffer in) {
      return in.getFloat();
    }
  },
  F16(2) {
    @Override
    double read(ByteBuffer in) {
      return Float.float16ToFloat(in.getShort());
    }
  },
  BF16(2) {
    @Override
    double read(ByteBuffer in) {
      return Float.intBitsToFloat(in.getShort() << 16); // the upper half of a float
    }
  },
  I64(8),
  U64(8),
  I32(4),
  U32(4),
  I16(2),
  U16(2),
  I8(1),
  U8(1),
  BOOL(1),
  F8_E4M3(1),
  F8_E5M2(1);

  final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** {@return the next number} */
  double read(ByteBuffer in) {
    throw new IllegalArgumentException(
        "elements of type " + this + " cannot be read; F64, F32, F16 and BF16 can");
  }
}
