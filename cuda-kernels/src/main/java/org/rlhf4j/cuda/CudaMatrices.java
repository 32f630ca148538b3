package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.cuda.driver.Gemm;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.MatrixKernels;

/** Matrix products through cuBLAS. */
final class CudaMatrices implements MatrixKernels {
  private final Device device;

  CudaMatrices(Device device) {
    this.device = device;
  }

  @Override
  public void multiply(
      Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor c, boolean accumulate) {
    if (c.size() == 0) {
      return;
    }
    int k = a.shape().dim(transposeA ? -2 : -1);
    if (k == 0) {
      if (!accumulate) {
        device.driver().fill(address(c), 0, c.size());
      }
      return;
    }
    device
        .driver()
        .multiply(
            Gemm.rowMajor(
                address(a),
                transposeA,
                address(b),
                transposeB,
                address(c),
                c.shape().dim(-2),
                c.shape().dim(-1),
                k,
                c.shape().outer(-2),
                accumulate));
  }

  /** cuBLAS reads weights as they lie. */
  @Override
  public Tensor pack(Tensor weight, Workspace workspace) {
    return weight;
  }

  @Override
  public void multiplyPacked(Tensor x, Tensor packed, Tensor y) {
    multiply(x, false, packed, true, y, false);
  }
}
