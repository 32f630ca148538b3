/** Layers, their parameters, optimizers and schedules. */
module org.rlhf4j.nn {
  requires transitive org.rlhf4j.autograd;
  requires static org.jspecify;

  exports org.rlhf4j.nn;
}
