package org.rlhf4j.cuda.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.cli.Main;
import picocli.CommandLine;

/** The commands of the CUDA jar, through the command line that finds them. */
class CudaCommandsTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  @Test
  void runsAKernel() {
    int code =
        execute(
            "ptx",
            "run",
            "softmax/2-registers.ptx",
            "buffer:96",
            "zeros:96",
            "3",
            "32",
            "--block",
            "32,8");
    assertEquals(0, code, err.toString());
    assertTrue(out.toString().contains("softmax grid (1, 1, 1) block (32, 8, 1)"), out.toString());
    assertTrue(out.toString().contains("  y_ = "), out.toString());
  }

  @Test
  void tracesAndProfiles() {
    String[] arguments = {
      "ptx",
      "run",
      "clip/1-factor.ptx",
      "buffer:1",
      "zeros:1",
      "0.5",
      "--block",
      "1",
      "--trace",
      "--profile"
    };
    assertEquals(0, execute(arguments), err.toString());
    assertTrue(out.toString().contains("warp 0 lanes 00000001 line"), out.toString());
    assertTrue(out.toString().contains("%a[0] = "), out.toString());
  }

  @Test
  void aFaultIsReportedWithItsPlace() {
    int code =
        execute(
            "ptx",
            "run",
            "softmax/2-registers.ptx",
            "buffer:96",
            "zeros:96",
            "4",
            "32",
            "--block",
            "32,8");
    assertEquals(1, code);
    assertTrue(err.toString().contains("softmax/2-registers.ptx:"), err.toString());
    assertTrue(err.toString().contains("past the end of x_ (384 bytes)"), err.toString());
  }

  @Test
  void wrongArgumentsAreOneLine() {
    assertEquals(2, execute("ptx", "run", "softmax/2-registers.ptx", "buffer:96"));
    assertEquals(
        "rlhf4j: softmax takes 4 arguments (u64:x_ u64:y_ u32:rows_ u32:cols_), got 1",
        err.toString().strip());
  }

  @Test
  void listsEveryKernel() {
    assertEquals(0, execute("ptx", "list"));
    assertTrue(out.toString().contains("softmax/2-registers.ptx"), out.toString());
    assertTrue(out.toString().contains("softmax: y[r, j] = exp((x"), out.toString());
  }

  @Test
  void doctorTellsWhatIsUsable() {
    assertEquals(0, execute("doctor"));
    assertTrue(out.toString().contains("cuda-emulated"), out.toString());
    assertTrue(out.toString().contains("usable: "), out.toString());
    assertTrue(out.toString().contains(" floats at a time"), out.toString());
    assertTrue(out.toString().contains("JCudaDriver-12.6.0-"), out.toString());
  }

  @Test
  void theInterpreterIsTimed() {
    assertEquals(
        0, execute("bench", "emulator", "--repeats", "1", "--batch", "1x4"), err.toString());
    assertTrue(out.toString().contains("| softmax [64, 1024] |"), out.toString());
    assertTrue(out.toString().contains("1 x 4 tokens |"), out.toString());
  }

  @Test
  void benchmarkRunsOnTheEmulator(@TempDir Path directory) throws Exception {
    Path report = directory.resolve("report.md");
    int code =
        execute(
            "bench",
            "gpu",
            "--device",
            "cuda-emulated",
            "--megabytes",
            "1",
            "--repeats",
            "1",
            "--report",
            report.toString());
    assertEquals(0, code, err.toString());
    String text = Files.readString(report);
    assertTrue(text.startsWith("# Kernels of PTX interpreter (no GPU)"), text);
    assertTrue(text.contains("| adamw | [256, 1024] |"), text);
    assertTrue(text.contains("Matrix product [512, 512]"), text);
  }
}
