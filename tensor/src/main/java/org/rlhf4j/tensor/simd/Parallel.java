package org.rlhf4j.tensor.simd;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that share one loop at a time. A loop is split over its outputs only,
 * never over a sum, so the results have the same bits whatever the number of threads. The calling
 * thread works too and never waits for a worker that has not begun.
 *
 * <p>Each thread has a part of the loop, the same in each loop over as many items, since what it
 * wrote or read there in the last loop is in the cache of its core; fetching it from another's
 * costs as much as many an operation. Who is done with his part helps the others, from the end:
 *
 * <pre>
 *   thread 0                  thread 1
 *   [ 0  1  2  3  4  5  6  7 ][ 8  9 10 11 12 13 14 15 ]    pieces
 *     --->              <--- when done with its own: a thread that is held up delays
 *                            the loop by a piece at most
 * </pre>
 */
final class Parallel implements AutoCloseable {
  /** Looks for a loop before the thread lets others have its core: some 5 microseconds. */
  private static final int SPINS = 200;

  /**
   * Looks, offering the core to others after each, before the thread sleeps: up to a millisecond,
   * since loops follow each other closely within a training step, and waking takes tens of
   * microseconds. Where other programs run, a worker may find itself on the core of the thread that
   * woke it; spinning there would keep that thread from working, and offering the core does not.
   */
  private static final int YIELDS = 2000;

  /** The most pieces a thread. */
  private static final int PIECES = 16;

  /** Elements that stay together, a multiple of all lane counts. */
  static final int BLOCK = 2048;

  /** What is done for the items {@code from} to {@code to - 1}. */
  interface Body {
    void run(int from, int to);
  }

  private final Worker[] workers;
  private final Scratch[] scratches;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile @Nullable Job current;
  private volatile boolean closed;

  Parallel(int threads) {
    scratches = new Scratch[threads];
    for (int i = 0; i < threads; i++) {
      scratches[i] = new Scratch();
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  int threads() {
    return workers.length + 1;
  }

  /** {@return which thread this is: 0 for the one that calls the kernels, then the workers} */
  int thread() {
    return Thread.currentThread() instanceof Worker worker ? worker.index : 0;
  }

  /** {@return the arrays of the current thread} */
  Scratch scratch() {
    return scratches[thread()];
  }

  /**
   * Runs the body over {@code [0, n)} in consecutive pieces, and returns when all are done.
   *
   * @param grain the least number of items that are worth a piece of their own; less than two such
   *     pieces run on the calling thread alone
   * @throws IllegalStateException if the backend is closed or another thread uses it
   */
  void rows(int n, int grain, Body body) {
    if (closed) {
      throw new IllegalStateException("the backend is closed");
    }
    int pieces = (int) Math.min(n / grain, (long) PIECES * threads());
    if (workers.length == 0 || pieces < 2) {
      if (n > 0) {
        body.run(0, n);
      }
      return;
    }
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "the backend is used by two threads at once; open one backend for each");
    }
    try {
      Job job = new Job(n, pieces, threads(), body);
      current = job;
      for (Worker worker : workers) {
        worker.wake();
      }
      job.work(0);
      job.await();
    } finally {
      current = null;
      busy.set(false);
    }
  }

  /**
   * Runs the body over {@code [0, n)} elements in pieces that begin at multiples of {@link #BLOCK},
   * so that an element is in the same vector, or in the same rest, whatever the number of threads.
   *
   * @param cost of an element, in units of a multiplication
   */
  void elements(int n, int cost, Body body) {
    rows(
        Math.ceilDiv(n, BLOCK),
        Math.max(1, Lanes.GRAIN / BLOCK / cost),
        (from, to) -> body.run(from * BLOCK, (int) Math.min(n, (long) to * BLOCK)));
  }

  /** Ends the threads. */
  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One loop, of consecutive pieces as equal as can be. */
  private static final class Job {
    private final int n;
    private final int pieces;
    private final Body body;

    /**
     * What is left of each thread's part: its first piece in the upper half, the end in the lower.
     */
    private final AtomicLongArray parts;

    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(int n, int pieces, int threads, Body body) {
      this.n = n;
      this.pieces = pieces;
      this.body = body;
      parts = new AtomicLongArray(threads);
      for (int i = 0; i < threads; i++) {
        long from = (long) pieces * i / threads;
        long to = (long) pieces * (i + 1) / threads;
        parts.setPlain(i, from << 32 | to);
      }
    }

    /** Does the thread's own part, then what is left of the others'. */
    void work(int thread) {
      for (int other = 0; other < parts.length(); other++) {
        int owner = (thread + other) % parts.length();
        for (int i = take(owner, other == 0); i >= 0; i = take(owner, other == 0)) {
          run(i);
        }
      }
    }

    /** {@return the first or the last piece that is left of a thread's part, or -1} */
    private int take(int owner, boolean first) {
      while (true) {
        long left = parts.get(owner);
        int from = (int) (left >> 32);
        int to = (int) left;
        if (from == to) {
          return -1;
        }
        if (parts.compareAndSet(owner, left, first ? left + (1L << 32) : left - 1)) {
          return first ? from : to - 1;
        }
      }
    }

    private void run(int piece) {
      try {
        body.run((int) ((long) n * piece / pieces), (int) ((long) n * (piece + 1) / pieces));
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      }
      finished.incrementAndGet();
    }

    void await() {
      for (int spins = 0; finished.get() < pieces; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          Thread.yield();
        }
      }
      switch (failure.get()) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case null, default -> {}
      }
    }
  }

  private final class Worker extends Thread {
    private final int index;
    private volatile boolean parked;

    Worker(int index) {
      super("rlhf4j-simd-" + index);
      this.index = index;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      Job last = null;
      int spins = 0;
      while (!closed) {
        Job job = current;
        if (job != null && job != last) {
          job.work(index);
          last = job;
          spins = 0;
        } else if (spins++ < SPINS) {
          Thread.onSpinWait();
        } else if (spins < SPINS + YIELDS) {
          Thread.yield();
        } else {
          parked = true;
          if (current == job && !closed) {
            LockSupport.park(this);
          }
          parked = false;
          spins = 0;
        }
      }
    }
  }
}
