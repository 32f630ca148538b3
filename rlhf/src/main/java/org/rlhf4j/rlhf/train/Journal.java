package org.rlhf4j.rlhf.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** What happened at every step, kept for the report and written to a file line by line as JSON. */
public final class Journal {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;
  private final List<Entry> entries = new ArrayList<>();

  /** Figures of one step of a stage. */
  public record Entry(String stage, int step, Map<String, Double> metrics) {}

  /**
   * @param file JSON lines; appended to
   */
  public Journal(Path file) {
    this.file = file;
  }

  /** Adds a step. */
  public void log(String stage, int step, Map<String, Double> metrics) {
    Entry entry = new Entry(stage, step, Map.copyOf(metrics));
    entries.add(entry);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("stage", stage);
    line.put("step", step);
    line.putAll(metrics);
    try {
      Files.writeString(
          file,
          JSON.writeValueAsString(line) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** {@return all steps so far, oldest first} */
  public List<Entry> entries() {
    return List.copyOf(entries);
  }
}
