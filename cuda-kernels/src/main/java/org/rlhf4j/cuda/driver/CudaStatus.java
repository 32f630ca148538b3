package org.rlhf4j.cuda.driver;

import static jcuda.driver.JCudaDriver.cuGetErrorName;
import static jcuda.driver.JCudaDriver.cuGetErrorString;

import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;

/** What calls of the driver and of cuBLAS answer; failures become one line for people. */
final class CudaStatus {
  private static final String LINK_ERROR = "java.lang.UnsatisfiedLinkError: ";

  private CudaStatus() {}

  /**
   * Accepts success of a call of the driver.
   *
   * @throws CudaException that names the call and the driver's own text
   */
  static void check(int status, String call) {
    if (status == CUresult.CUDA_SUCCESS) {
      return;
    }
    if (status == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION) {
      throw new CudaException(
          call + ": the NVIDIA driver is too old for PTX 7.0 (CUDA 11.0); install a newer driver");
    }
    if (status == CUresult.CUDA_ERROR_NO_DEVICE) {
      throw noDevice();
    }
    String[] name = {""};
    String[] text = {""};
    cuGetErrorName(status, name);
    cuGetErrorString(status, text);
    throw new CudaException(call + " failed: " + name[0] + " (" + status + "), " + text[0]);
  }

  /** Accepts success of a call of cuBLAS. */
  static void checkCublas(int status, String call) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new CudaException(call + " failed: " + cublasStatus.stringFor(status));
    }
  }

  static CudaException noDevice() {
    return new CudaException("the driver sees no CUDA device; use another --device");
  }

  /** The natives of JCuda, or the libraries that they need, are not there. */
  static CudaException missing(LinkageError error) {
    return new CudaException(
        "no CUDA driver or cuBLAS 12 was found ("
            + cause(error)
            + "); install the NVIDIA driver and the CUDA 12 libraries, or use another --device",
        error);
  }

  /**
   * JCuda tries its natives as a file, then as a resource, and puts both stack traces into one
   * message; what the dynamic linker said is the last error among them, behind the temporary file's
   * name.
   */
  private static String cause(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage());
    return message
        .lines()
        .filter(line -> line.startsWith(LINK_ERROR))
        .reduce((_, last) -> last.substring(LINK_ERROR.length()).replaceFirst("^\\S+\\.so: ", ""))
        .orElseGet(() -> message.lines().findFirst().orElse("no reason given"));
  }
}
