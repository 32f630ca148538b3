package org.rlhf4j.cuda.driver;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.cuda.ptx.PtxModule;

/**
 * A driver that does a step which it has seen before as one graph. Between {@link #begin} and
 * {@link #end}, launches, copies within the device and products wait; what needs their results (a
 * download above all) does them first. If the same work was done before, with the same addresses
 * and numbers, its graph is replayed: one call instead of hundreds. If not, it is captured now.
 * Nobody has to promise that a step repeats, since what is compared is the work itself.
 */
public final class RepeatedSteps implements Driver {
  /**
   * More than the steps of one loop have: buffers of a pool may change places from step to step.
   */
  private static final int MOST_GRAPHS = 8;

  private final Driver driver;
  private final List<Work> waiting = new ArrayList<>();

  /** By the work, the graph used least recently first. */
  private final Map<List<Work>, Graph> graphs = new LinkedHashMap<>(16, 0.75f, true);

  private boolean open;

  /** Takes the driver over and closes it. */
  public RepeatedSteps(Driver driver) {
    this.driver = driver;
  }

  private sealed interface Work {
    void perform(Driver driver);
  }

  private record Copy(long from, long to, int count) implements Work {
    @Override
    public void perform(Driver driver) {
      driver.copy(from, to, count);
    }
  }

  private record Fill(long address, int word, int count) implements Work {
    @Override
    public void perform(Driver driver) {
      driver.fill(address, word, count);
    }
  }

  private record Product(Gemm gemm) implements Work {
    @Override
    public void perform(Driver driver) {
      driver.multiply(gemm);
    }
  }

  /** The launch names its file and kernel, which the module follows from. */
  private record Kernel(LoadedModule module, Launch launch) implements Work {
    @Override
    public void perform(Driver driver) {
      driver.launch(module, launch);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Kernel kernel && kernel.launch.equals(launch);
    }

    @Override
    public int hashCode() {
      return launch.hashCode();
    }
  }

  /** From now on work waits. */
  public void begin() {
    if (open) {
      throw new IllegalStateException("a step was begun within another");
    }
    open = true;
  }

  /** Does what still waits; from now on work is done at once. */
  public void end() {
    open = false;
    flush();
  }

  /** {@return whether work waits} */
  public boolean isOpen() {
    return open;
  }

  private void add(Work work) {
    if (open) {
      waiting.add(work);
    } else {
      work.perform(driver);
    }
  }

  private void flush() {
    if (waiting.isEmpty()) {
      return;
    }
    List<Work> work = List.copyOf(waiting);
    waiting.clear();
    Graph graph = graphs.get(work);
    if (graph == null) {
      graph = capture(work);
      graphs.put(work, graph);
      if (graphs.size() > MOST_GRAPHS) {
        Iterator<Graph> eldest = graphs.values().iterator();
        eldest.next().close();
        eldest.remove();
      }
    }
    driver.replay(graph);
  }

  private Graph capture(List<Work> work) {
    driver.beginCapture();
    work.forEach(each -> each.perform(driver));
    return driver.endCapture();
  }

  @Override
  public void copy(long from, long to, int count) {
    add(new Copy(from, to, count));
  }

  @Override
  public void fill(long address, int word, int count) {
    add(new Fill(address, word, count));
  }

  @Override
  public void launch(LoadedModule module, Launch launch) {
    add(new Kernel(module, launch));
  }

  @Override
  public void multiply(Gemm gemm) {
    add(new Product(gemm));
  }

  @Override
  public void upload(int[] words, long address) {
    flush();
    driver.upload(words, address);
  }

  @Override
  public void download(long address, int[] words) {
    flush();
    driver.download(address, words);
  }

  @Override
  public void free(long address) {
    flush();
    driver.free(address);
  }

  @Override
  public void synchronize() {
    flush();
    driver.synchronize();
  }

  @Override
  public Event mark() {
    flush();
    return driver.mark();
  }

  @Override
  public String describe() {
    return driver.describe();
  }

  @Override
  public int multiprocessors() {
    return driver.multiprocessors();
  }

  @Override
  public long allocate(long bytes) {
    return driver.allocate(bytes);
  }

  @Override
  public LoadedModule load(PtxModule module, String text) {
    return driver.load(module, text);
  }

  @Override
  public double milliseconds(Event from, Event to) {
    return driver.milliseconds(from, to);
  }

  @Override
  public void beginCapture() {
    flush();
    driver.beginCapture();
  }

  @Override
  public Graph endCapture() {
    return driver.endCapture();
  }

  @Override
  public void replay(Graph graph) {
    flush();
    driver.replay(graph);
  }

  @Override
  public void close() {
    flush();
    graphs.values().forEach(Graph::close);
    graphs.clear();
    driver.close();
  }
}
