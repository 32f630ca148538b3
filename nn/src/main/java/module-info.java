/** Layers, their parameters, optimizers and schedules. */
module org.rlhf4j.nn {
  requires transitive org.rlhf4j.autograd;
  requires static org.jspecify;
  requires tools.jackson.databind;

  exports org.rlhf4j.nn;
}
