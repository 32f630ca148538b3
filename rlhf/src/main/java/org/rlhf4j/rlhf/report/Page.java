package org.rlhf4j.rlhf.report;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rlhf4j.nn.WholeFile;

/** A self-contained page, light or dark as its reader's screen is. */
final class Page {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1b1f24; --faint: #6b7280; --line: #2563eb; --second: #c2410c; --third: #15803d;
        --paper: #fff; --card: #f6f7f9; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --faint: #9aa2ad;
        --line: #7aa2ff; --second: #fb923c; --third: #4ade80; --paper: #15181c; --card: #1e2227; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid var(--card);
        vertical-align: top; }
      th:first-child, td:first-child, .samples td, .samples th { text-align: left; }
      .curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr));
        gap: .8rem; }
      svg { background: var(--card); border-radius: 6px; }
      .title { font-size: 12px; fill: var(--ink); } .tick { font-size: 10px; fill: var(--faint); }
      .end { text-anchor: end; } .axis { stroke: var(--faint); fill: none; }
      polyline { stroke: var(--line); stroke-width: 1.5; fill: none; opacity: .8; }
      polyline:nth-of-type(2) { stroke: var(--second); } polyline:nth-of-type(3) {
        stroke: var(--third); }
      .samples td { font-size: 13px; } pre { background: var(--card); padding: 1rem;
        border-radius: 6px; overflow: auto; } p, .note { color: var(--faint); }
      """;

  private Page() {}

  /** Writes the page whole, then moves it into place. */
  static void write(Path file, String title, String body) {
    String page =
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s</title><style>%s</style></head><body>
        %s</body></html>
        """
            .formatted(Html.escape(title), STYLE, body);
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(page);
    WholeFile.write(file, channel -> WholeFile.write(channel, bytes));
  }
}
