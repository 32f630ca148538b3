package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.cuda.ptx.PtxModule;

/**
 * Every kernel is assembled by NVIDIA's own compiler, in process and, where there is one, by ptxas.
 */
class AssembleTest {
  private static final List<String> IN_PROCESS =
      List.of("sm_70", "sm_75", "sm_80", "sm_86", "sm_90");
  private static final List<String> PTXAS =
      List.of("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_103", "sm_120");
  private static final Path TABLE = Path.of("docs", "kernels.md");
  private static final Path FILES = Path.of("cuda-kernels", "src", "main", "resources", "ptx");

  static List<String> files() {
    return KernelFiles.ALL;
  }

  @Test
  void theListNamesEveryFileThatShips() throws IOException {
    Path root = root().resolve(FILES);
    try (var paths = Files.walk(root)) {
      List<String> found =
          paths
              .filter(Files::isRegularFile)
              .map(path -> root.relativize(path).toString().replace('\\', '/'))
              .sorted()
              .toList();
      assertEquals(found, KernelFiles.ALL);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void theHeaderTellsEverything(String file) {
    List<String> parts = List.of("Launch", "Layout", "Steps", "Roofline", "Uses");
    List<String> found =
        KernelFiles.text(file)
            .lines()
            .takeWhile(line -> line.startsWith("//"))
            .map(line -> line.substring(2).strip().split("\\s", 2)[0])
            .filter(parts::contains)
            .toList();
    assertEquals(parts, found, file);
  }

  @ParameterizedTest
  @MethodSource("files")
  void assemblesInProcessToWhatItsHeaderStates(String file) {
    byte[] text = KernelFiles.text(file).getBytes(StandardCharsets.US_ASCII);
    Used used = new Used(0, 0, 0);
    for (String architecture : IN_PROCESS) {
      nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
      assertEquals(0, JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length, text));
      String[] options = {"--gpu-name=" + architecture, "--warning-as-error", "--verbose"};
      int status = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      assertEquals(0, status, () -> file + " for " + architecture + ": " + errors(handle));
      long[] size = new long[1];
      JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(handle, size);
      assertTrue(size[0] > 0, file + " gave no code for " + architecture);
      used = used.larger(Used.of(information(handle)));
      JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    }
    checkHeader(file, used);
  }

  private static String information(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
    byte[] log = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log);
    return new String(log, StandardCharsets.US_ASCII);
  }

  private static String errors(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
    byte[] log = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
    return new String(log, StandardCharsets.US_ASCII).trim();
  }

  @ParameterizedTest
  @MethodSource("files")
  void headerNamesTheDialectThatEveryDriverTakes(String file) {
    PtxModule module = PtxModule.parse(file, KernelFiles.text(file));
    assertEquals("7.0", module.version());
    assertEquals("sm_70", module.target());
    assertEquals(1, module.entries().size());
    String first = KernelFiles.text(file).lines().findFirst().orElseThrow();
    assertTrue(first.startsWith("// ") && first.contains(":"), file + " opens with " + first);
    for (String part : List.of("// Launch ", "// Roofline ", "// Uses ")) {
      assertTrue(KernelFiles.text(file).contains(part), file + " lacks " + part);
    }
  }

  @Test
  void ptxasAgreesWithTheTable(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(onPath("ptxas"), "ptxas is not on the path; skipped");
    Map<String, Used> used = new TreeMap<>();
    for (String file : KernelFiles.ALL) {
      Path source = directory.resolve(file.replace('/', '-'));
      Files.writeString(source, KernelFiles.text(file));
      for (String architecture : PTXAS) {
        used.merge(file, assemble(source, architecture), Used::larger);
      }
    }
    String table = table(used);
    String written = Files.readString(root().resolve(TABLE));
    if (!written.contains(table)) {
      Path fresh = Path.of("target", "kernels-table.md");
      Files.createDirectories(Path.of("target"));
      Files.writeString(fresh, table);
      throw new AssertionError(
          "the table of docs/kernels.md is stale; the new one is in " + fresh.toAbsolutePath());
    }
  }

  /** What a kernel needs; the largest number over the architectures. */
  private record Used(int registers, int shared, int spills) {
    /** {@return what the compiler says of one architecture} */
    static Used of(String output) {
      return new Used(
          number(output, "Used (\\d+) registers"),
          number(output, "(\\d+) bytes smem"),
          number(output, "(\\d+) bytes spill stores"));
    }

    Used larger(Used other) {
      return new Used(
          Math.max(registers, other.registers),
          Math.max(shared, other.shared),
          Math.max(spills, other.spills));
    }
  }

  private static Used assemble(Path source, String architecture)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "ptxas",
                "-v",
                "-Werror",
                "-warn-spills",
                "-warn-lmem-usage",
                "-arch",
                architecture,
                source.toString(),
                "-o",
                source + ".cubin")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), source.getFileName() + " " + architecture + output);
    return Used.of(output);
  }

  private static int number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /**
   * The last line of a header states static shared memory and registers, the largest number over
   * the architectures that every build assembles for.
   */
  private static void checkHeader(String file, Used used) {
    String uses =
        KernelFiles.text(file)
            .lines()
            .filter(line -> line.startsWith("// Uses "))
            .findFirst()
            .orElseThrow();
    assertEquals(0, used.spills(), file + " spills");
    assertEquals(used.registers(), number(uses, "(\\d+) registers"), file + ": " + uses);
    int shared = number(uses.replace(",", ""), "(\\d+) bytes of shared");
    assertEquals(used.shared(), shared, file + ": " + uses);
  }

  private static String table(Map<String, Used> used) {
    return "| kernel | registers | spills | static shared memory |\n"
        + "| --- | ---: | ---: | ---: |\n"
        + used.entrySet().stream()
            .map(e ->
                String.format(
                    Locale.ROOT,
                    "| `%s` | %d | %d | %,d |%n",
                    e.getKey(),
                    e.getValue().registers(),
                    e.getValue().spills(),
                    e.getValue().shared()))
            .collect(Collectors.joining());
  }

  static boolean onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** The project's root, from the module or from the root itself. */
  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(here.resolve(FILES))) {
      here = here.getParent();
    }
    return here;
  }
}
