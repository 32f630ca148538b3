package org.rlhf4j.cuda.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.rlhf4j.cuda.ptx.Emulator;
import org.rlhf4j.cuda.ptx.LaunchReport;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.cuda.ptx.PtxModule;

/** A GPU that is the PTX interpreter, every check on. Deterministic, and slow as it must be. */
public final class EmulatedDriver implements Driver {
  private final Emulator emulator = new Emulator();
  private final Options options;
  private final Consumer<LaunchReport> reports;
  private Optional<List<Runnable>> capture = Optional.empty();
  private int allocations;

  public EmulatedDriver(Options options) {
    this(options, report -> {});
  }

  /**
   * @param reports sees what each launch did
   */
  public EmulatedDriver(Options options, Consumer<LaunchReport> reports) {
    this.options = options;
    this.reports = reports;
  }

  private record Loaded(PtxModule source) implements LoadedModule {}

  private record Mark(long nanos) implements Event {
    @Override
    public void close() {}
  }

  private record Recorded(List<Runnable> work) implements Graph {
    @Override
    public void close() {}
  }

  @Override
  public String describe() {
    return "PTX interpreter (no GPU)";
  }

  /** One, so that the loops over a grid run at small sizes. */
  @Override
  public int multiprocessors() {
    return 1;
  }

  @Override
  public long allocate(long bytes) {
    refuseInCapture("allocate");
    return emulator.memory().allocate(bytes, "buffer " + ++allocations);
  }

  @Override
  public void free(long address) {
    refuseInCapture("free");
    emulator.memory().free(address);
  }

  @Override
  public void upload(int[] words, long address) {
    refuseInCapture("upload");
    emulator.memory().upload(address, words, 0, words.length);
  }

  @Override
  public void download(long address, int[] words) {
    refuseInCapture("download");
    emulator.memory().download(address, words, 0, words.length);
  }

  @Override
  public void copy(long from, long to, int count) {
    doOrRecord(() -> emulator.memory().copy(to, from, count));
  }

  @Override
  public void fill(long address, int word, int count) {
    doOrRecord(() -> emulator.memory().fill(address, word, count));
  }

  @Override
  public LoadedModule load(PtxModule module, String text) {
    return new Loaded(module);
  }

  @Override
  public void launch(LoadedModule module, Launch launch) {
    var entry = module.source().entry(launch.entry());
    doOrRecord(() ->
        reports.accept(
            emulator.launch(
                entry,
                launch.grid(),
                launch.block(),
                launch.sharedBytes(),
                launch.arguments(),
                options)));
  }

  @Override
  public void multiply(Gemm gemm) {
    doOrRecord(() -> new ColumnMajorProduct(gemm, emulator.memory()).run());
  }

  @Override
  public void synchronize() {}

  @Override
  public Event mark() {
    return new Mark(System.nanoTime());
  }

  /** Time of the interpreter, which says nothing about a GPU. */
  @Override
  public double milliseconds(Event from, Event to) {
    return (((Mark) to).nanos() - ((Mark) from).nanos()) * 1e-6;
  }

  @Override
  public void beginCapture() {
    refuseInCapture("beginCapture");
    capture = Optional.of(new ArrayList<>());
  }

  @Override
  public Graph endCapture() {
    List<Runnable> work =
        capture.orElseThrow(() -> new IllegalStateException("endCapture without beginCapture"));
    capture = Optional.empty();
    return new Recorded(List.copyOf(work));
  }

  @Override
  public void replay(Graph graph) {
    ((Recorded) graph).work().forEach(Runnable::run);
  }

  @Override
  public void close() {
    int left = emulator.memory().allocations();
    if (left != 0) {
      throw new IllegalStateException(left + " device allocations were not freed");
    }
  }

  private void doOrRecord(Runnable work) {
    capture.ifPresentOrElse(recorded -> recorded.add(work), work);
  }

  private void refuseInCapture(String what) {
    if (capture.isPresent()) {
      throw new CudaException(what + " cannot be part of a captured graph; do it before");
    }
  }
}
