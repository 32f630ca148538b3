package org.rlhf4j.cuda.cli;

import java.io.PrintWriter;
import java.util.stream.Collectors;
import jdk.incubator.vector.FloatVector;
import org.rlhf4j.cuda.KernelFiles;
import org.rlhf4j.cuda.driver.CudaException;
import org.rlhf4j.cuda.driver.JCudaDriver;
import org.rlhf4j.tensor.Backends;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rlhf4j doctor}: what was found here, and what is usable. */
@Command(name = "doctor", description = "Prints what this machine has and which devices work.")
final class DoctorCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "Java       %s, %d processors, %,d MB of heap at most%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20);
    out.printf(
        "SIMD       %d bits, %d floats at a time%n",
        FloatVector.SPECIES_PREFERRED.vectorBitSize(), FloatVector.SPECIES_PREFERRED.length());
    out.printf("kernels    %d PTX files for sm_70 and later%n", KernelFiles.ALL.size());
    out.printf("natives    %s%n", JCudaDriver.natives());
    boolean usable = printsCuda(out);
    out.printf(
        "devices    %s%n",
        Backends.names().stream()
            .map(name -> name.equals("cuda") && !usable ? "cuda (not usable)" : name)
            .collect(Collectors.joining(", ")));
    out.flush();
  }

  /** {@return whether {@code --device cuda} would work} */
  private static boolean printsCuda(PrintWriter out) {
    try (JCudaDriver driver = JCudaDriver.open(false)) {
      out.printf("cuda       usable: %s%n", driver.describe());
      return true;
    } catch (CudaException e) {
      out.printf("cuda       not usable: %s%n", e.getMessage());
      return false;
    }
  }
}
