package org.rlhf4j.rlhf;

/** Kinds of proof, strongest first. */
public enum Proof {
  /** Every case of a finite space is listed and the expectation is an exact sum. */
  ENUMERATION("enumeration"),
  /** A value worked out by hand, or a formula derived another way. */
  CLOSED_FORM("closed form"),
  /** Another implementation of the same function. */
  ORACLE("independent oracle"),
  /** An equality or inequality that holds for all inputs, tried on random ones. */
  IDENTITY("identity");

  private final String text;

  Proof(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
