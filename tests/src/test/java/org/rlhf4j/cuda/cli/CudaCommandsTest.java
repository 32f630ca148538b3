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

  /** A kernel that its author has on disk, second in its file, with a thread too many. */
  @Test
  void runsAnyFile(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("mine.ptx");
    Files.writeString(
        file,
        """
        .version 7.0
        .target sm_70
        .address_size 64
        .visible .entry nothing() { ret; }
        .visible .entry count(.param .u64 out, .param .s64 first) {
          .reg .b32 %r;
          .reg .b64 %to, %value;
          mov.u32 %r, %tid.x;
          ld.param.u64 %to, [out];
          mad.wide.u32 %to, %r, 8, %to;
          ld.param.s64 %value, [first];
          st.global.s64 [%to], %value;
        }
        """);
    String[] arguments = {
      "ptx", "run", file.toString(), "empty:8", "-3", "--entry", "count", "--block", "4"
    };
    assertEquals(0, execute(arguments), err.toString());
    assertTrue(out.toString().contains("count grid (1, 1, 1) block (4, 1, 1)"), out.toString());
    arguments[8] = "3";
    assertEquals(1, execute(arguments));
    assertTrue(err.toString().contains("out + 24 (word 6) is copied to the host, but nothing"));
    arguments[8] = "5";
    assertEquals(1, execute(arguments));
    assertTrue(err.toString().contains("mine.ptx:12: kernel count"), err.toString());
    assertTrue(err.toString().contains("thread (4, 0, 0)"), err.toString());
    arguments[6] = "sum";
    assertEquals(2, execute(arguments));
    assertTrue(err.toString().contains("it has [nothing, count]"), err.toString());
  }

  @Test
  void argumentsThatAreNoneAreOneLine() {
    assertEquals(2, execute("ptx", "run", "clip/1-factor.ptx", "ones:1", "zeros:1", "0.5"));
    assertEquals(2, execute("ptx", "run", "clip/1-factor.ptx", "zeros:1", "zeros:1", "half"));
    assertEquals(
        2, execute("ptx", "run", "clip/1-factor.ptx", "zeros:1", "zeros:1", "1", "--grid", "x"));
    String[] lines = err.toString().strip().split("\\R");
    assertEquals(3, lines.length, err.toString());
    assertTrue(lines[0].contains("cannot be ones:1; memory is buffer:LENGTH"), lines[0]);
    assertTrue(lines[1].contains("is a .f32, not half"), lines[1]);
    assertTrue(lines[2].contains("such as 32,8, not x"), lines[2]);
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
    boolean usable = out.toString().contains("cuda       usable: ");
    assertTrue(
        out.toString()
            .contains(
                "devices    cuda%s, cuda-emulated, reference, simd"
                    .formatted(usable ? "" : " (not usable)")),
        out.toString());
    assertTrue(usable || out.toString().contains("cuda       not usable: "), out.toString());
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
    assertTrue(text.contains("| matrix product (cuBLAS) | [512, 512] |"), text);
    assertTrue(text.contains("| attention backward | 64 heads of 64, 16 tokens |"), text);
    assertTrue(text.contains("all agree with the reference, with the same bits both times."), text);
  }
}
