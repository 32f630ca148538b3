package org.rlhf4j.rlhf.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.rlhf4j.nn.WholeFile;
import tools.jackson.databind.JsonNode;
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

  /**
   * {@return the journal of an interrupted run}
   *
   * @param kept the steps to keep; others, perhaps half a line, are removed
   */
  public static Journal resume(Path file, Predicate<Entry> kept) {
    Journal journal = new Journal(file);
    StringBuilder text = new StringBuilder();
    for (String line : Files.exists(file) ? lines(file) : List.<String>of()) {
      if (line.endsWith("}")) {
        Entry entry = entry(JSON.readTree(line));
        if (kept.test(entry)) {
          journal.entries.add(entry);
          text.append(line).append('\n');
        }
      }
    }
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
    WholeFile.write(file, channel -> WholeFile.write(channel, bytes));
    return journal;
  }

  private static Entry entry(JsonNode line) {
    Map<String, Double> metrics = new TreeMap<>();
    line.properties().stream()
        .filter(metric -> !metric.getKey().equals("stage") && !metric.getKey().equals("step"))
        .forEach(metric -> metrics.put(metric.getKey(), metric.getValue().doubleValue()));
    return new Entry(line.path("stage").asString(""), line.path("step").intValue(), metrics);
  }

  private static List<String> lines(Path file) {
    return new String(WholeFile.read(file), StandardCharsets.UTF_8).lines().toList();
  }

  /** Adds a step. */
  public void log(String stage, int step, Map<String, Double> metrics) {
    Entry entry = new Entry(stage, step, Map.copyOf(metrics));
    entries.add(entry);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("stage", stage);
    line.put("step", step);
    line.putAll(new TreeMap<>(metrics));
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
