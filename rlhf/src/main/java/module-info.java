/** The methods of the RLHF Book, and the run that uses them. */
module org.rlhf4j.rlhf {
  requires transitive org.rlhf4j.transformer;
  requires static org.jspecify;

  exports org.rlhf4j.rlhf;
}
