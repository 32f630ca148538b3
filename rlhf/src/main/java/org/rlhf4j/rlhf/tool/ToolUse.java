package org.rlhf4j.rlhf.tool;

import java.util.Arrays;
import java.util.List;
import org.rlhf4j.transformer.Interjection;
import org.rlhf4j.transformer.tokenizer.Tokenizer;

/**
 * Listens to a model while it writes. As soon as a call is closed, {@code <calc>12*7</calc>}, the
 * tool answers and the model goes on behind the answer. The tokens of the answer are marked as not
 * drawn, so that no loss counts them.
 */
public record ToolUse(Tokenizer tokenizer, List<Tool> tools) implements Interjection {
  public ToolUse {
    tools = List.copyOf(tools);
  }

  @Override
  public int[] after(int row, int[] tokens) {
    String text = tokenizer.decode(tokens);
    String before = tokenizer.decode(Arrays.copyOf(tokens, tokens.length - 1));
    for (Tool tool : tools) {
      String open = "<" + tool.name() + ">";
      String close = "</" + tool.name() + ">";
      int end = text.lastIndexOf(close);
      int begin = text.lastIndexOf(open, end);
      boolean closedNow = end > before.lastIndexOf(close);
      if (closedNow && begin >= 0) {
        return tokenizer.encodeContinuation(tool.call(text.substring(begin + open.length(), end)));
      }
    }
    return new int[0];
  }
}
