package org.rlhf4j.cuda;

import java.util.Set;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.driver.JCudaDriver;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.BackendProvider;

/** Offers {@code cuda}, a GPU, and {@code cuda-emulated}, the same kernels in the interpreter. */
public final class CudaBackendProvider implements BackendProvider {
  @Override
  public Set<String> names() {
    return Set.of("cuda", "cuda-emulated");
  }

  @Override
  public Backend open(String name, int threads) {
    return new CudaBackend(
        name,
        name.equals("cuda") ? JCudaDriver.open(false) : new EmulatedDriver(Options.checked()));
  }
}
