package org.rlhf4j.rlhf;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Says which of the book's equations a test proves, and how; read by the ledger of equations. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Proves {
  /** {@return labels of the equations, without the prefix {@code eq:}} */
  String[] value();

  /** {@return the kind of proof} */
  Proof by();
}
