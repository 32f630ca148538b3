package org.rlhf4j.rlhf.tool;

/** A program that a model may call by writing {@code <name>input</name>}. */
public interface Tool {
  /** {@return letters by which it is called} */
  String name();

  /** {@return what is put in after the call; for wrong input a text that says so} */
  String call(String input);
}
