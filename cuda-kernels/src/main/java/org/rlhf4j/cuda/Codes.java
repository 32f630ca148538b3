package org.rlhf4j.cuda;

import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;

/** The numbers by which the kernels with a switch know their functions. */
final class Codes {
  private Codes() {}

  static int of(Pointwise f) {
    return switch (f) {
      case NEG -> 0;
      case EXP -> 1;
      case EXPM1 -> 2;
      case LOG -> 3;
      case LOG1P -> 4;
      case LOG1M_EXP -> 5;
      case SQUARE -> 6;
      case SQRT -> 7;
      case RECIPROCAL -> 8;
      case ABS -> 9;
      case RELU -> 10;
      case TANH -> 11;
      case SIGMOID -> 12;
      case LOG_SIGMOID -> 13;
      case SOFTPLUS -> 14;
      case SILU -> 15;
      case GELU -> 16;
      case EXP_REMAINDER -> 17;
    };
  }

  static int of(Pairwise f) {
    return switch (f) {
      case ADD -> 0;
      case SUB -> 1;
      case MUL -> 2;
      case DIV -> 3;
      case MAX -> 4;
      case MIN -> 5;
    };
  }
}
