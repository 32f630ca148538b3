/** The methods of the RLHF Book, and the run that uses them. */
module org.rlhf4j.rlhf {
  requires transitive org.rlhf4j.transformer;
  requires static org.jspecify;

  exports org.rlhf4j.rlhf;
  exports org.rlhf4j.rlhf.direct;
  exports org.rlhf4j.rlhf.distill;
  exports org.rlhf4j.rlhf.evaluate;
  exports org.rlhf4j.rlhf.instruct;
  exports org.rlhf4j.rlhf.kl;
  exports org.rlhf4j.rlhf.policy;
  exports org.rlhf4j.rlhf.preference;
  exports org.rlhf4j.rlhf.reward;
  exports org.rlhf4j.rlhf.select;
  exports org.rlhf4j.rlhf.verify;
}
