package org.rlhf4j.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The binding of JCuda through its real natives, against a libcuda and a libcublas that gcc makes
 * of {@code stub.c}. A call of a symbol that is not there kills the JVM, so every symbol that the
 * natives refer to gets an entry.
 */
class JCudaDriverTest {
  @TempDir static Path directory;

  @BeforeAll
  static void buildStub() throws Exception {
    Assumptions.assumeTrue(onPath("gcc") && onPath("nm"), "gcc or nm is not on the path; skipped");
    try (InputStream in = JCudaDriverTest.class.getResourceAsStream("stub.c")) {
      Files.write(directory.resolve("stub.c"), Objects.requireNonNull(in).readAllBytes());
    }
    String source = Files.readString(directory.resolve("stub.c"));
    Set<String> symbols = new TreeSet<>();
    for (String library : List.of("libJCudaDriver", "libJCublas2")) {
      Path file = directory.resolve(library + ".so");
      String resource = "/lib/" + library + "-12.6.0-linux-x86_64.so";
      try (InputStream in = jcuda.Pointer.class.getResourceAsStream(resource)) {
        Assumptions.assumeTrue(in != null, "no JCuda natives for Linux x86_64; skipped");
        Files.write(file, Objects.requireNonNull(in).readAllBytes());
      }
      Matcher matcher =
          Pattern.compile("U (cu\\w+)").matcher(output("nm", "-D", "-u", file.toString()));
      while (matcher.find()) {
        symbols.add(matcher.group(1));
      }
    }
    assertTrue(symbols.size() > 600, "only " + symbols.size() + " symbols were found");
    StringBuilder rest = new StringBuilder();
    for (String symbol : symbols) {
      if (!Pattern.compile("\\bint " + symbol + "\\(").matcher(source).find()) {
        rest.append("int ").append(symbol).append("(void) { return 801; }\n");
      }
    }
    Files.writeString(directory.resolve("rest.c"), rest);
    String library = directory.resolve("libcuda.so.1").toString();
    output(
        "gcc",
        "-shared",
        "-fPIC",
        "-w",
        "-o",
        library,
        "-Wl,-soname,libcuda.so.1",
        directory.resolve("stub.c").toString(),
        directory.resolve("rest.c").toString());
    Files.copy(Path.of(library), directory.resolve("libcublas.so.12"));
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator))
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  /** What the forked JVM printed, and the calls that the stub saw. */
  private record Run(List<String> printed, List<String> calls) {
    long count(String call) {
      return calls.stream().filter(line -> line.startsWith(call)).count();
    }

    void contains(String line) {
      assertTrue(printed.contains(line), "expected '" + line + "' among " + printed);
    }

    /** Warnings of the JVM about native access are no output of the scenario. */
    String last() {
      return printed.getLast();
    }
  }

  private static Run run(String scenario, Map<String, String> environment) throws Exception {
    return run(directory, scenario, environment);
  }

  private static Run run(Path libraries, String scenario, Map<String, String> environment)
      throws Exception {
    Path home = Files.createTempDirectory(directory, scenario);
    Path log = home.resolve("calls.log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-Djava.io.tmpdir=" + home,
            "-cp",
            System.getProperty("java.class.path"),
            StubScenario.class.getName(),
            scenario));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(home.resolve("err").toFile());
    builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
    builder.environment().put("STUB_LOG", log.toString());
    builder.environment().put("XDG_CACHE_HOME", home.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output + Files.readString(home.resolve("err")));
    return new Run(
        output.lines().toList(), Files.exists(log) ? Files.readAllLines(log) : List.of());
  }

  @Test
  void copiesProductsAndLaunchesReachTheDriver() throws Exception {
    Run run = run("whole", Map.of());
    run.contains("Stub, sm_90, CUDA driver 12.6, cuBLAS 12.6");
    run.contains("35 63 9 9 84");
    run.contains("true");
    run.contains("freed twice is refused");
    // [[1, 2, 3], [4, 5, 6]] times [[1, 0], [0, 1], [1, 1]]
    run.contains("[4.0, 5.0, 10.0, 11.0]");
    run.contains("upload cannot be part of a captured graph; do it before");
    run.contains("1.5");
    assertEquals("end", run.last());
    String launch =
        "cuLaunchKernel tiny (3,2,1) (32,4,1) shared=512 u64:set u32:-5 f32:0.25 u32:77";
    assertEquals(2, run.count(launch), run.calls().toString());
    assertEquals(1, run.count("cuMemcpyDtoD 16 recording=1"));
    assertEquals(1, run.count("cuGraphLaunch"));
    assertEquals(1, run.count("cublasSetMathMode 2"), "pedantic single precision");
    assertEquals(1, run.count("cublasSetStream 0x20"), "the stream of the launches");
    assertEquals(
        1, run.count("cuDevicePrimaryCtxRelease live=0"), "everything is freed exactly once");
  }

  @Test
  void backendRunsOnIt() throws Exception {
    Run run = run("backend", Map.of());
    run.contains("[10.0, 14.0, 14.0, 20.0]");
    assertEquals("end", run.last());
    assertEquals(
        1,
        run.count("cuLaunchKernel softmax (1,1,1) (32,8,1) shared=0 u64:set u64:set u32:2 u32:2"));
    assertEquals(1, run.count("cuLaunchKernel token_logprobs (1,1,1) (32,8,1) shared=0"));
    assertEquals(1, run.count("cuDevicePrimaryCtxRelease live=0"));
  }

  @Test
  void aStepThatComesAgainIsOneCall() throws Exception {
    Run run = run("repeat", Map.of());
    assertEquals("end", run.last());
    assertEquals(11, run.count("cuStreamBeginCapture"), run.calls().toString());
    assertEquals(11, run.count("cuGraphInstantiate"));
    assertEquals(11, run.count("cuLaunchKernel softmax"));
    assertEquals(20, run.count("cuGraphLaunch"));
    assertEquals(11, run.count("cuGraphExecDestroy"), "also those that no longer had a place");
    assertEquals(1, run.count("cuDevicePrimaryCtxRelease live=0"));
  }

  @Test
  void outOfMemorySaysHowMuch() throws Exception {
    Run run = run("memory", Map.of());
    run.contains(
        "CudaException: out of device memory: asked for 1,099,511,627,776 bytes, 400 are in use"
            + " here, 1,000 of 2,000 are free; use a smaller batch");
    assertEquals(1, run.count("cuDevicePrimaryCtxRelease live=0"));
  }

  @Test
  void failuresAreOneLine() throws Exception {
    assertEquals(
        "CudaException: the driver sees no CUDA device; use another --device",
        run("open", Map.of("STUB_FAIL", "cuInit:100")).last());
    assertEquals(
        "CudaException: the driver sees no CUDA device; use another --device",
        run("open", Map.of("STUB_NO_DEVICE", "1")).last());
    assertEquals(
        "CudaException: cuLinkAddData of softmax/2-registers.ptx: the NVIDIA driver is too old for"
            + " PTX 7.0 (CUDA 11.0); install a newer driver",
        run("backend", Map.of("STUB_FAIL", "cuLinkAddData_v2:222")).last());
    String launch = run("backend", Map.of("STUB_FAIL", "cuLaunchKernel:700")).last();
    assertTrue(launch.startsWith("CudaException: cuLaunchKernel Launch[file=softmax/2"), launch);
    assertTrue(
        launch.endsWith(
            "CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was encountered"),
        launch);
    String later = run("backend", Map.of("STUB_FAIL", "cuStreamSynchronize:700")).last();
    assertTrue(later.contains("CUDA_LAUNCH_BLOCKING=1 tells which"), later);
    String cublas = run("open", Map.of("STUB_FAIL", "cublasCreate_v2:1")).last();
    assertEquals("CudaException: cublasCreate failed: CUBLAS_STATUS_NOT_INITIALIZED", cublas);
    assertEquals("end", run("open", Map.of()).last());
  }

  @Test
  void aMissingLibraryIsOneLineThatNamesIt() throws Exception {
    assertEquals(
        "CudaException: no CUDA driver or cuBLAS 12 was found (libcuda.so.1: cannot open shared"
            + " object file: No such file or directory); install the NVIDIA driver and the CUDA 12"
            + " libraries, or use another --device",
        run(directory.resolve("nowhere"), "open", Map.of()).last());
    Path driverOnly = Files.createDirectories(directory.resolve("driverOnly"));
    Files.copy(directory.resolve("libcuda.so.1"), driverOnly.resolve("libcuda.so.1"));
    String line = run(driverOnly, "open", Map.of()).last();
    assertTrue(
        line.startsWith(
            "CudaException: no CUDA driver or cuBLAS 12 was found (libcublas.so.12: cannot open"),
        line);
  }

  @Test
  void theDoctorNamesTheDevice() throws Exception {
    Run run = run("doctor", Map.of());
    run.contains("cuda       usable: Stub, sm_90, CUDA driver 12.6, cuBLAS 12.6");
    run.contains("devices    cuda, cuda-emulated, reference, simd");
    run.contains("0");
    assertEquals(1, run.count("cuDevicePrimaryCtxRelease live=0"));
  }

  @Test
  void aDeviceThatComputesWrongFailsTheBenchmark() throws Exception {
    Run run = run("benchmark", Map.of());
    run.contains("# Kernels of Stub, sm_90, CUDA driver 12.6, cuBLAS 12.6");
    run.contains("1");
    assertTrue(run.printed().stream().anyMatch(line -> line.matches(".* cases of .* failures\\.")));
    assertTrue(run.printed().stream().anyMatch(line -> line.startsWith("- RowKernels.softmax ")));
    assertTrue(run.printed().stream().anyMatch(line -> line.startsWith("| attention backward |")));
    assertEquals("end", run.last());
    assertEquals(1, run.count("cuDevicePrimaryCtxRelease live=0"), "also when kernels are wrong");
  }

  @Test
  void kernelsAreCompiledOnceAMachine() throws Exception {
    Path caches = Files.createTempDirectory(directory, "caches");
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", caches.toString());
    Run first = run("backend", environment);
    assertEquals(2, first.count("cuLinkComplete"), first.calls().toString());
    assertEquals(2, first.count("cuModuleLoadData"));
    Run second = run("backend", environment);
    assertEquals(0, second.count("cuLink"), second.calls().toString());
    assertEquals(2, second.count("cuModuleLoadData"));
    assertEquals("end", second.last());
  }

  @Test
  void withoutAFolderForTheCacheKernelsAreCompiledEachTime() throws Exception {
    Path file = Files.createTempFile(directory, "no", "folder");
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", file.toString());
    for (int i = 0; i < 2; i++) {
      Run run = run("backend", environment);
      assertEquals("end", run.last());
      assertEquals(2, run.count("cuLinkComplete"));
    }
  }
}
