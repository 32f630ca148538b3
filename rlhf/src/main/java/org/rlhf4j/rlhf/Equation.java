package org.rlhf4j.rlhf;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the equations of the <em>RLHF Book</em> (N. Lambert, edition of June 2025) that a class or
 * method computes. Equations are cited by their label in the book's source, such as {@code
 * dpo_core}: numbers move between editions, labels stay. {@code docs/equations.md} is written from
 * these annotations and from the tests that prove them.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Equation {
  /** {@return the labels of the equations, without the prefix {@code eq:}} */
  String[] value();
}
