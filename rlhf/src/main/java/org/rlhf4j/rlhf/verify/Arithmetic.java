package org.rlhf4j.rlhf.verify;

import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.random.RandomGenerator;

/**
 * Integer arithmetic such as {@code 12*7}, answer {@code 84}.
 *
 * @param operations drawn equally often
 * @param least smallest operand, not negative
 * @param most largest operand
 */
public record Arithmetic(List<Operation> operations, int least, int most) implements ProblemSource {
  /** What is done with two integers. */
  public enum Operation {
    ADD("+", Math::addExact),
    SUBTRACT("-", Math::subtractExact),
    MULTIPLY("*", Math::multiplyExact);

    private final String sign;
    private final LongBinaryOperator function;

    Operation(String sign, LongBinaryOperator function) {
      this.sign = sign;
      this.function = function;
    }
  }

  public Arithmetic {
    operations = List.copyOf(operations);
    if (operations.isEmpty() || least < 0 || most < least) {
      throw new IllegalArgumentException(
          "arithmetic needs an operation and 0 <= least <= most, got %s, %d, %d"
              .formatted(operations, least, most));
    }
  }

  /** {@return sums, differences and products of integers up to {@code most}} */
  public static Arithmetic upTo(int most) {
    return new Arithmetic(List.of(Operation.values()), 0, most);
  }

  @Override
  public Problem draw(RandomGenerator random) {
    Operation operation = operations.get(random.nextInt(operations.size()));
    long a = random.nextLong(least, most + 1L);
    long b = random.nextLong(least, most + 1L);
    return new Problem(a + operation.sign + b, Long.toString(operation.function.applyAsLong(a, b)));
  }
}
