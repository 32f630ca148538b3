package org.rlhf4j.cuda.driver;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD32Async;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static org.rlhf4j.cuda.driver.CudaStatus.check;
import static org.rlhf4j.cuda.driver.CudaStatus.checkCublas;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;
import org.rlhf4j.cuda.ptx.Argument;
import org.rlhf4j.cuda.ptx.PtxModule;

/**
 * An NVIDIA GPU through JCuda and JCublas, which nothing outside of this package knows. Uses the
 * primary context of device 0, one stream, and pinned memory for copies from the host. The driver
 * compiles a kernel file once; its code is kept on disk.
 */
public final class JCudaDriver implements Driver {
  private static final long CUBLAS_WORKSPACE_BYTES = 1L << 25;

  private final CUdevice device = new CUdevice();
  private final CUstream stream = new CUstream();
  private final cublasHandle cublas = new cublasHandle();
  private final CUdeviceptr cublasWorkspace = new CUdeviceptr();
  private final PinnedStaging staging;
  private final JCudaModules modules;
  private final String description;
  private final Map<Long, Long> allocated = new HashMap<>();
  private long used;
  private boolean capturing;

  private record Mark(CUevent event) implements Event {
    @Override
    public void close() {
      check(cuEventDestroy(event), "cuEventDestroy");
    }
  }

  private record Recorded(CUgraph graph, CUgraphExec executable) implements Graph {
    @Override
    public void close() {
      check(cuGraphExecDestroy(executable), "cuGraphExecDestroy");
      check(cuGraphDestroy(graph), "cuGraphDestroy");
    }
  }

  /**
   * Opens device 0.
   *
   * @param tensorFloat32 whether products may round their inputs to 10 bits of fraction (TF32),
   *     faster and with a relative error of about 3e-4
   */
  public static JCudaDriver open(boolean tensorFloat32) {
    try {
      return new JCudaDriver(tensorFloat32);
    } catch (LinkageError e) {
      throw CudaStatus.missing(e);
    }
  }

  /** {@return which natives of JCuda this machine needs, and whether they are there} */
  public static String natives() {
    String file =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName("JCudaDriver-" + JCudaVersion.get()));
    boolean found = Pointer.class.getResource("/lib/" + file) != null;
    return file + (found ? " found" : " is not on the class path");
  }

  private JCudaDriver(boolean tensorFloat32) {
    check(cuInit(0), "cuInit");
    int[] count = new int[1];
    check(cuDeviceGetCount(count), "cuDeviceGetCount");
    if (count[0] == 0) {
      throw CudaStatus.noDevice();
    }
    check(cuDeviceGet(device, 0), "cuDeviceGet");
    description = describe(device);
    CUcontext context = new CUcontext();
    check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
    check(cuStreamCreate(stream, 1), "cuStreamCreate");
    staging = new PinnedStaging(stream, this::synchronize);
    modules = new JCudaModules(CubinCache.ofUser(), description);
    checkCublas(JCublas2.cublasCreate(cublas), "cublasCreate");
    checkCublas(JCublas2.cublasSetStream(cublas, new cudaStream_t(stream)), "cublasSetStream");
    // a workspace of its own, so that products can be part of a captured graph
    check(cuMemAlloc(cublasWorkspace, CUBLAS_WORKSPACE_BYTES), "cuMemAlloc");
    checkCublas(
        JCublas2.cublasSetWorkspace(cublas, cublasWorkspace, CUBLAS_WORKSPACE_BYTES),
        "cublasSetWorkspace");
    checkCublas(
        JCublas2.cublasSetMathMode(
            cublas,
            tensorFloat32
                ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH
                : cublasMath.CUBLAS_PEDANTIC_MATH),
        "cublasSetMathMode");
  }

  private static String describe(CUdevice device) {
    byte[] name = new byte[256];
    check(cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    int[] value = new int[1];
    check(cuDriverGetVersion(value), "cuDriverGetVersion");
    int version = value[0];
    int major = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
    check(cuDeviceGetAttribute(value, major, device), "cuDeviceGetAttribute");
    int capability = 10 * value[0];
    int minor = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
    check(cuDeviceGetAttribute(value, minor, device), "cuDeviceGetAttribute");
    return "%s, sm_%d, CUDA driver %d.%d"
        .formatted(
            new String(name, StandardCharsets.UTF_8).trim(),
            capability + value[0],
            version / 1000,
            version % 1000 / 10);
  }

  @Override
  public String describe() {
    int[] version = new int[1];
    checkCublas(JCublas2.cublasGetVersion(cublas, version), "cublasGetVersion");
    return "%s, cuBLAS %d.%d"
        .formatted(description, version[0] / 10_000, version[0] % 10_000 / 100);
  }

  @Override
  public int multiprocessors() {
    int[] count = new int[1];
    int attribute = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
    check(cuDeviceGetAttribute(count, attribute, device), "cuDeviceGetAttribute");
    return count[0];
  }

  @Override
  public long allocate(long bytes) {
    DevicePointer pointer = new DevicePointer();
    int status = cuMemAlloc(pointer, bytes);
    if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      long[] free = new long[1];
      long[] total = new long[1];
      check(cuMemGetInfo(free, total), "cuMemGetInfo");
      throw new CudaException(
          "out of device memory: asked for %,d bytes, %,d are in use here, %,d of %,d are free; use a smaller batch"
              .formatted(bytes, used, free[0], total[0]));
    }
    check(status, "cuMemAlloc of " + bytes + " bytes");
    used += bytes;
    allocated.put(pointer.address(), bytes);
    return pointer.address();
  }

  @Override
  public void free(long address) {
    Long bytes = allocated.remove(address);
    if (bytes == null) {
      throw new IllegalStateException(
          "0x" + Long.toHexString(address) + " is no allocation, or was freed before");
    }
    check(cuMemFree(at(address)), "cuMemFree");
    used -= bytes;
  }

  @Override
  public void upload(int[] words, long address) {
    refuseInCapture("upload");
    staging.upload(words, address);
  }

  @Override
  public void download(long address, int[] words) {
    refuseInCapture("download");
    if (words.length == 0) {
      return;
    }
    check(
        cuMemcpyDtoHAsync(Pointer.to(words), at(address), 4L * words.length, stream),
        "cuMemcpyDtoHAsync");
    synchronize();
  }

  @Override
  public void copy(long from, long to, int count) {
    check(cuMemcpyDtoDAsync(at(to), at(from), 4L * count, stream), "cuMemcpyDtoDAsync");
  }

  @Override
  public void fill(long address, int word, int count) {
    check(cuMemsetD32Async(at(address), word, count, stream), "cuMemsetD32Async");
  }

  @Override
  public LoadedModule load(PtxModule source, String text) {
    return modules.load(source, text);
  }

  @Override
  public void launch(LoadedModule module, Launch launch) {
    NativePointerObject[] arguments =
        launch.arguments().stream().map(JCudaDriver::marshal).toArray(NativePointerObject[]::new);
    check(
        cuLaunchKernel(
            JCudaModules.function(module, launch),
            launch.grid().x(),
            launch.grid().y(),
            launch.grid().z(),
            launch.block().x(),
            launch.block().y(),
            launch.block().z(),
            launch.sharedBytes(),
            stream,
            Pointer.to(arguments),
            new Pointer()),
        "cuLaunchKernel " + launch);
  }

  private static Pointer marshal(Argument argument) {
    return switch (argument) {
      case Argument.Pointer pointer -> Pointer.to(new long[] {pointer.address()});
      case Argument.Whole whole -> Pointer.to(new int[] {whole.value()});
      case Argument.Real real -> Pointer.to(new float[] {real.value()});
      case Argument.Wide wide -> Pointer.to(new long[] {wide.value()});
    };
  }

  @Override
  public void multiply(Gemm g) {
    checkCublas(
        JCublas2.cublasSgemmStridedBatched(
            cublas,
            operation(g.transposeA()),
            operation(g.transposeB()),
            g.m(),
            g.n(),
            g.k(),
            Pointer.to(new float[] {1}),
            at(g.a()),
            g.lda(),
            g.strideA(),
            at(g.b()),
            g.ldb(),
            g.strideB(),
            Pointer.to(new float[] {g.beta()}),
            at(g.c()),
            g.ldc(),
            g.strideC(),
            g.batch()),
        "cublasSgemmStridedBatched " + g);
  }

  private void refuseInCapture(String what) {
    if (capturing) {
      throw new CudaException(what + " cannot be part of a captured graph; do it before");
    }
  }

  private static int operation(boolean transpose) {
    return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  @Override
  public void synchronize() {
    check(
        cuStreamSynchronize(stream),
        "cuStreamSynchronize (of an earlier launch: CUDA_LAUNCH_BLOCKING=1 tells which)");
    staging.restart();
  }

  @Override
  public Event mark() {
    CUevent event = new CUevent();
    check(cuEventCreate(event, 0), "cuEventCreate");
    check(cuEventRecord(event, stream), "cuEventRecord");
    return new Mark(event);
  }

  @Override
  public double milliseconds(Event from, Event to) {
    CUevent end = ((Mark) to).event();
    check(cuEventSynchronize(end), "cuEventSynchronize");
    float[] milliseconds = new float[1];
    check(cuEventElapsedTime(milliseconds, ((Mark) from).event(), end), "cuEventElapsedTime");
    return milliseconds[0];
  }

  @Override
  public void beginCapture() {
    synchronize();
    check(cuStreamBeginCapture(stream, 1), "cuStreamBeginCapture");
    capturing = true;
  }

  @Override
  public Graph endCapture() {
    capturing = false;
    CUgraph graph = new CUgraph();
    check(cuStreamEndCapture(stream, graph), "cuStreamEndCapture");
    CUgraphExec executable = new CUgraphExec();
    check(cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
    return new Recorded(graph, executable);
  }

  @Override
  public void replay(Graph graph) {
    check(cuGraphLaunch(((Recorded) graph).executable(), stream), "cuGraphLaunch");
  }

  @Override
  public void close() {
    synchronize();
    int left = allocated.size();
    modules.unload();
    checkCublas(JCublas2.cublasDestroy(cublas), "cublasDestroy");
    check(cuMemFree(cublasWorkspace), "cuMemFree");
    staging.free();
    check(cuStreamDestroy(stream), "cuStreamDestroy");
    check(cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease");
    if (left != 0) {
      throw new IllegalStateException(left + " device allocations were not freed");
    }
  }

  /** A pointer that tells its address. */
  private static final class DevicePointer extends CUdeviceptr {
    long address() {
      return getNativePointer() + getByteOffset();
    }
  }

  /** JCuda makes no pointer from a number, but it offsets the null pointer. */
  static CUdeviceptr at(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }
}
