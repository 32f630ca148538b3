package org.rlhf4j.cuda.driver;

import static jcuda.driver.JCudaDriver.cuLinkAddData;
import static jcuda.driver.JCudaDriver.cuLinkComplete;
import static jcuda.driver.JCudaDriver.cuLinkCreate;
import static jcuda.driver.JCudaDriver.cuLinkDestroy;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static org.rlhf4j.cuda.driver.CudaStatus.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUjitInputType;
import jcuda.driver.CUlinkState;
import jcuda.driver.CUmodule;
import jcuda.driver.JITOptions;
import org.rlhf4j.cuda.ptx.PtxModule;

/** Kernel files on the device, each compiled by the driver once a machine. */
final class JCudaModules {
  private final CubinCache cache;
  private final String target;
  private final List<Loaded> modules = new ArrayList<>();

  /**
   * @param target what code depends on besides its text: architecture and driver
   */
  JCudaModules(CubinCache cache, String target) {
    this.cache = cache;
    this.target = target;
  }

  private record Loaded(PtxModule source, CUmodule module, Map<String, CUfunction> functions)
      implements Driver.LoadedModule {}

  Driver.LoadedModule load(PtxModule source, String text) {
    byte[] cubin = cache.get(text + "\n" + target, () -> compile(source.file(), text));
    CUmodule module = new CUmodule();
    check(cuModuleLoadData(module, cubin), "cuModuleLoadData of " + source.file());
    Map<String, CUfunction> functions = new HashMap<>();
    for (String name : source.entries().keySet()) {
      CUfunction function = new CUfunction();
      check(cuModuleGetFunction(function, module, name), "cuModuleGetFunction " + name);
      functions.put(name, function);
    }
    Loaded loaded = new Loaded(source, module, functions);
    modules.add(loaded);
    return loaded;
  }

  /** By the linker of the driver, for the device of the context. */
  private static byte[] compile(String file, String text) {
    byte[] zeroTerminated = (text + "\0").getBytes(StandardCharsets.UTF_8);
    CUlinkState link = new CUlinkState();
    check(cuLinkCreate(new JITOptions(), link), "cuLinkCreate");
    check(
        cuLinkAddData(
            link,
            CUjitInputType.CU_JIT_INPUT_PTX,
            Pointer.to(zeroTerminated),
            zeroTerminated.length,
            file,
            new JITOptions()),
        "cuLinkAddData of " + file);
    HostPointer code = new HostPointer();
    long[] size = new long[1];
    check(cuLinkComplete(link, code, size), "cuLinkComplete of " + file);
    byte[] cubin = code.read(size[0]);
    check(cuLinkDestroy(link), "cuLinkDestroy");
    return cubin;
  }

  /** Memory of the driver on the host, which lives as long as the link. */
  private static final class HostPointer extends Pointer {
    @SuppressWarnings("restricted") // JCuda itself offers no view of memory that it did not make
    byte[] read(long size) {
      return MemorySegment.ofAddress(getNativePointer() + getByteOffset())
          .reinterpret(size)
          .toArray(ValueLayout.JAVA_BYTE);
    }
  }

  static CUfunction function(Driver.LoadedModule module, Launch launch) {
    CUfunction function = ((Loaded) module).functions().get(launch.entry());
    if (function == null) {
      throw new IllegalArgumentException(launch.file() + " has no kernel '" + launch.entry() + "'");
    }
    return function;
  }

  void unload() {
    for (Loaded loaded : modules) {
      check(cuModuleUnload(loaded.module()), "cuModuleUnload");
    }
  }
}
