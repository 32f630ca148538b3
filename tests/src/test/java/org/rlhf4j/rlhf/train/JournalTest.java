package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void writesALineOfJsonForEveryStep() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    Journal journal = new Journal(file);
    journal.log("sft", 0, Map.of("nll", 2.5, "accuracy", 0.25));
    journal.log("sft", 1, Map.of("nll", 1.0));
    assertEquals(
        List.of(
            "{\"stage\":\"sft\",\"step\":0,\"accuracy\":0.25,\"nll\":2.5}",
            "{\"stage\":\"sft\",\"step\":1,\"nll\":1.0}"),
        Files.readAllLines(file));
  }

  @Test
  void resumesWithWhatFinishedStagesWroteAndNothingElse() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    Journal before = new Journal(file);
    before.log("base", 0, Map.of("loss", 0.1));
    String finished = Files.readString(file);
    before.log("sft", 0, Map.of("nll", 2.5));
    Files.writeString(file, "{\"stage\":\"base\",\"st", StandardOpenOption.APPEND);

    Journal after = Journal.resume(file, entry -> entry.stage().equals("base"));

    assertEquals(List.of(new Journal.Entry("base", 0, Map.of("loss", 0.1))), after.entries());
    assertEquals(finished, Files.readString(file));
  }
}
