package org.rlhf4j.cuda;

import org.rlhf4j.tensor.Buffer;

/** Device memory of single-precision elements. */
record CudaBuffer(long address, int length) implements Buffer {}
