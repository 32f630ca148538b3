package org.rlhf4j.cuda.driver;

/** A call of the driver or of cuBLAS failed; the message names the call and what to do. */
public final class CudaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CudaException(String message) {
    super(message);
  }

  public CudaException(String message, Throwable cause) {
    super(message, cause);
  }
}
