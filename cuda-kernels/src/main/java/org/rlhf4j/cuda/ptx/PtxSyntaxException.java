package org.rlhf4j.cuda.ptx;

/** The text is not PTX that the interpreter understands; the message starts with file and line. */
public final class PtxSyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PtxSyntaxException(String file, int line, String what) {
    super(file + ":" + line + ": " + what);
  }
}
