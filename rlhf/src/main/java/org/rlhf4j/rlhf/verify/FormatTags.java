package org.rlhf4j.rlhf.verify;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 1 if the completion is {@code <think>..</think><answer>..</answer>} and nothing else but white
 * space, each tag once and in this order; else 0. The format reward of DeepSeek-R1 (arXiv
 * 2501.12948).
 */
public record FormatTags() implements VerifiableReward {
  private static final String NO_TAG = "((?:(?!</?(?:think|answer)>).)*+)";
  private static final Pattern FORM =
      Pattern.compile(
          "\\s*<think>" + NO_TAG + "</think>\\s*<answer>" + NO_TAG + "</answer>\\s*",
          Pattern.DOTALL);

  @Override
  public double score(Problem problem, String completion) {
    return answer(completion).isPresent() ? 1 : 0;
  }

  /** {@return a completion of the right form} */
  public static String write(String thought, String answer) {
    return "<think>%s</think><answer>%s</answer>".formatted(thought, answer);
  }

  /** {@return what stands between the answer tags, if the form is right} */
  public static Optional<String> answer(String completion) {
    Matcher matcher = FORM.matcher(completion);
    return matcher.matches() ? Optional.of(matcher.group(2)) : Optional.empty();
  }

  /** {@return a reward of what stands between the answer tags; 0 where the form is wrong} */
  public static VerifiableReward answerOnly(VerifiableReward reward) {
    return (problem, completion) ->
        answer(completion).map(answer -> reward.score(problem, answer)).orElse(0.0);
  }
}
