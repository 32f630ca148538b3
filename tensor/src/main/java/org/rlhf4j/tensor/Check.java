package org.rlhf4j.tensor;

/** Every shape error of the library, each one sentence with the values and the repair. */
public final class Check {
  private Check() {}

  /** Both must have one shape: "logprobs [8, 31] and mask [8, 32] must have the same shape". */
  public static void sameShape(String nameA, Shape a, String nameB, Shape b) {
    if (!a.equals(b)) {
      throw new IllegalArgumentException(
          "%s %s and %s %s must have the same shape".formatted(nameA, a, nameB, b));
    }
  }

  public static void shape(String name, Shape actual, Shape expected) {
    if (!actual.equals(expected)) {
      throw new IllegalArgumentException(
          "%s has shape %s but must have shape %s".formatted(name, actual, expected));
    }
  }

  public static void rank(String name, Shape shape, int rank) {
    if (shape.rank() != rank) {
      throw new IllegalArgumentException(
          "%s %s has rank %d but must have rank %d".formatted(name, shape, shape.rank(), rank));
    }
  }

  public static void minimumRank(String name, Shape shape, int rank) {
    if (shape.rank() < rank) {
      throw new IllegalArgumentException(
          "%s %s has rank %d but must have at least rank %d"
              .formatted(name, shape, shape.rank(), rank));
    }
  }

  /** One value, such as the number of ids, must equal another. */
  public static void sameCount(String nameA, int a, String nameB, int b) {
    if (a != b) {
      throw new IllegalArgumentException(
          "%s has %d entries but %s has %d; they must be equal".formatted(nameA, a, nameB, b));
    }
  }

  /**
   * Ids index rows or columns of a table; a negative id is allowed only where it means "ignore".
   */
  public static void ids(String name, int[] ids, int bound, boolean ignoredAllowed) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] >= bound || (ids[i] < 0 && !ignoredAllowed)) {
        throw new IllegalArgumentException(
            "%s[%d] is %d but must be in [0, %d)".formatted(name, i, ids[i], bound));
      }
    }
  }

  /** A count that must be above zero. */
  public static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, got " + value);
    }
  }

  /** A count that must be zero or above. */
  public static void notNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must be 0 or more, got " + value);
    }
  }

  /** A number that must be above zero; NaN is refused too. */
  public static void positive(String name, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(name + " must be positive, got " + value);
    }
  }

  /** A number that must be zero or above; NaN is refused too. */
  public static void notNegative(String name, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(name + " must be 0 or more, got " + value);
    }
  }

  /** A number that must lie in {@code [low, high]}; NaN is refused too. */
  public static void range(String name, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(
          "%s must be in [%s, %s], got %s".formatted(name, low, high, value));
    }
  }
}
