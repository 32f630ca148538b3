package org.rlhf4j.rlhf.train;

import java.io.Console;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * The progress bar of one stage, on standard error: steps, tokens a second, a figure, time left.
 */
public final class Progress implements AutoCloseable {
  private final ProgressBar bar;
  private final long begin = System.nanoTime();
  private long tokens;

  public Progress(String stage, int steps) {
    this(stage, steps, 0);
  }

  /**
   * @param done steps that were taken before
   */
  public Progress(String stage, int steps, int done) {
    Console console = System.console();
    boolean terminal = Objects.nonNull(console) && console.isTerminal();
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName(String.format(Locale.ROOT, "%-11s", stage))
            .setInitialMax(steps)
            .startsFrom(done, Duration.ZERO)
            .setStyle(ProgressBarStyle.ASCII)
            .setMaxRenderedLength(110)
            .setUpdateIntervalMillis(terminal ? 200 : 10_000);
    if (!terminal) {
      builder.setConsumer(new DelegatingProgressBarConsumer(System.err::println, 110));
    }
    bar = builder.build();
  }

  /** One step more, of this many tokens. */
  public void step(long stepTokens, String figure, double value) {
    tokens += stepTokens;
    double seconds = (System.nanoTime() - begin) / 1e9;
    bar.setExtraMessage(
        String.format(Locale.ROOT, " %.0f tok/s, %s %.3f", tokens / seconds, figure, value));
    bar.step();
  }

  @Override
  public void close() {
    bar.close();
  }
}
