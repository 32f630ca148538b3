package org.rlhf4j.rlhf;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the equations of the RLHF Book that a method or type computes, by the labels of the book's
 * source: numbers move between editions, labels stay.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Equation {
  /** {@return labels such as {@code dpo_core}} */
  String[] value();
}
