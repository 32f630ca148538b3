package org.rlhf4j.rlhf.experiment;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.tool.Calculator;
import org.rlhf4j.rlhf.tool.Tool;
import org.rlhf4j.rlhf.tool.ToolUse;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.rlhf.verify.VerifiableReward;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Interjection;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/**
 * Arithmetic that the model cannot do in its head. A few of the solutions that it imitates call a
 * calculator, the others just say the answer; reinforcement learning finds out which is better.
 * What the calculator writes is part of the completion but never learned.
 *
 * @param about what the recipe shows, in a sentence
 * @param callShare how many of the imitated solutions call the calculator
 */
public record ToolRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    TuningConfig sft,
    double callShare,
    PolicyConfig policy)
    implements Recipe {
  private static final int SAMPLED_AT_ONCE = 256;
  private static final Tool CALCULATOR = new Calculator();
  private static final String OPEN = "<" + CALCULATOR.name() + ">";
  private static final String CLOSE = "</" + CALCULATOR.name() + ">";

  /** What stands behind the last equals sign is the answer. */
  private static final VerifiableReward LAST =
      (problem, completion) ->
          completion.substring(completion.lastIndexOf('=') + 1).equals(problem.answer()) ? 1 : 0;

  public ToolRecipe {
    Check.range("callShare", callShare, 0, 1);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    ByteTokenizer tokenizer = new ByteTokenizer();
    Template template = Template.plain(tokenizer);
    ProblemsConfig.Drawn drawn = problems.draw(key.child("problems"));
    List<Dialogue> solutions = new ArrayList<>();
    for (int i = 0; i < drawn.training().size(); i++) {
      boolean calls = (int) ((i + 1) * callShare) > (int) (i * callShare);
      Problem problem = drawn.training().get(i);
      solutions.add(calls ? called(problem, template) : template.dialogue(problem.example()));
    }
    int longest =
        drawn.training().stream()
            .mapToInt(problem -> called(problem, template).completion().length)
            .max()
            .orElseThrow();
    Sampler alone =
        new Sampler(template, Sampling.at(policy.temperature()), longest, SAMPLED_AT_ONCE, pool);
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder reference = model.decoder(tokenizer.vocabularySize(), workspace, key.child("model"));
      sft.tune(reference, solutions, pool, "sft", journal, key.child("sft"));
      figures.put(
          "calculator",
          row(
              "calculator",
              new ToolUse(tokenizer, List.of(CALCULATOR)),
              alone,
              reference,
              drawn,
              journal,
              key));
      figures.put(
          "calls in vain",
          row("calls in vain", Interjection.NONE, alone, reference, drawn, journal, key));
    }
    return new Outcome(figures);
  }

  /** {@return the solution that calls the calculator and ends behind its answer} */
  static Dialogue called(Problem problem, Template template) {
    String call = OPEN + problem.prompt() + CLOSE;
    String said = CALCULATOR.call(problem.prompt());
    int[] completion = template.completion(call + said);
    boolean[] learned = new boolean[completion.length];
    int written = call.getBytes(StandardCharsets.UTF_8).length;
    for (int t = 0; t < learned.length; t++) {
      learned[t] = t < written || t == learned.length - 1;
    }
    return new Dialogue(template.prompt(problem.prompt()), completion, learned);
  }

  private SequencedMap<String, Double> row(
      String stage,
      Interjection tool,
      Sampler alone,
      Decoder reference,
      ProblemsConfig.Drawn drawn,
      Journal journal,
      RandomKey key) {
    Sampler sampler = alone.with(tool);
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    try (Workspace own = new Workspace(alone.pool())) {
      Decoder learned = reference.copy(own);
      evaluate("sft", learned, drawn.heldOut(), sampler, key, row);
      policy
          .optimization(
              List.of(
                  new WeightedReward("exact", 1, Reward.verifiable(drawn.training(), LAST)),
                  new WeightedReward("calls", 0, ToolRecipe::calls)),
              sampler,
              OnlineOptions.USUAL)
          .train(
              learned,
              reference,
              drawn.training().stream().map(Problem::prompt).toList(),
              stage,
              journal,
              key.child("policy"));
      evaluate("rl", learned, drawn.heldOut(), sampler, key, row);
    }
    return row;
  }

  private static void evaluate(
      String stage,
      Decoder policy,
      List<Problem> heldOut,
      Sampler sampler,
      RandomKey key,
      SequencedMap<String, Double> row) {
    List<Sample> samples =
        sampler.sample(
            policy,
            heldOut.stream().map(Problem::prompt).toList(),
            key.child("evaluate").child(stage));
    row.put("right after " + stage, Rows.mean(Reward.verifiable(heldOut, LAST).of(samples)));
    row.put("calls after " + stage, Rows.mean(calls(samples)));
  }

  private static double[] calls(List<Sample> samples) {
    return samples.stream().mapToDouble(s -> s.text().contains(CLOSE) ? 1 : 0).toArray();
  }
}
