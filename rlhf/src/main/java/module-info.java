/** The methods of the RLHF Book, and the run that uses them. */
module org.rlhf4j.rlhf {
  requires transitive org.rlhf4j.transformer;
  requires static org.jspecify;
  requires transitive info.picocli;
  requires org.slf4j;
  requires me.tongfei.progressbar;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.yaml;

  exports org.rlhf4j.rlhf;
  exports org.rlhf4j.rlhf.cli;
  exports org.rlhf4j.rlhf.data;
  exports org.rlhf4j.rlhf.direct;
  exports org.rlhf4j.rlhf.distill;
  exports org.rlhf4j.rlhf.evaluate;
  exports org.rlhf4j.rlhf.experiment;
  exports org.rlhf4j.rlhf.feedback;
  exports org.rlhf4j.rlhf.instruct;
  exports org.rlhf4j.rlhf.kl;
  exports org.rlhf4j.rlhf.offline;
  exports org.rlhf4j.rlhf.online;
  exports org.rlhf4j.rlhf.policy;
  exports org.rlhf4j.rlhf.preference;
  exports org.rlhf4j.rlhf.recipe;
  exports org.rlhf4j.rlhf.report;
  exports org.rlhf4j.rlhf.reward;
  exports org.rlhf4j.rlhf.scoring;
  exports org.rlhf4j.rlhf.select;
  exports org.rlhf4j.rlhf.tool;
  exports org.rlhf4j.rlhf.train;
  exports org.rlhf4j.rlhf.verify;

  uses org.rlhf4j.rlhf.cli.CommandProvider;

  opens org.rlhf4j.rlhf.cli to
      info.picocli;
  opens org.rlhf4j.rlhf.experiment to
      tools.jackson.databind;
}
