/** Dense tensors, their memory, and the kernels of the host backends. */
module org.rlhf4j.tensor {
  requires jdk.incubator.vector;
  requires static org.jspecify;

  exports org.rlhf4j.tensor;
  exports org.rlhf4j.tensor.kernel;

  uses org.rlhf4j.tensor.BackendProvider;
}
