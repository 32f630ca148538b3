/** Reverse-mode automatic differentiation on tensors. */
module org.rlhf4j.autograd {
  requires transitive org.rlhf4j.tensor;
  requires static org.jspecify;

  exports org.rlhf4j.autograd;
  exports org.rlhf4j.autograd.op;
}
