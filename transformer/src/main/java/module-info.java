/** The decoder, its cache, sampling, tokenizers and checkpoints. */
module org.rlhf4j.transformer {
  requires transitive org.rlhf4j.nn;
  requires static org.jspecify;
  requires tools.jackson.databind;

  exports org.rlhf4j.transformer;
}
