package org.rlhf4j.tensor.simd;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that share one loop at a time. A loop is split over its outputs only,
 * never over a sum, so the results have the same bits whatever the number of threads. The calling
 * thread works too and never waits for a worker that has not begun.
 */
final class Parallel implements AutoCloseable {
  /** About 20 microseconds: loops follow each other closely within a training step. */
  private static final int SPINS = 2000;

  /** Pieces a thread, where that leaves them worth while. */
  private static final int PIECES = 16;

  /** Elements that stay together, a multiple of all lane counts. */
  static final int BLOCK = 2048;

  /** What is done for the items {@code from} to {@code to - 1}. */
  interface Body {
    void run(int from, int to);
  }

  private final Worker[] workers;
  private final Scratch callers = new Scratch();
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile @Nullable Job current;
  private volatile boolean closed;

  Parallel(int threads) {
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  int threads() {
    return workers.length + 1;
  }

  /** {@return the arrays of the current thread, a worker or the one that calls the kernels} */
  Scratch scratch() {
    return Thread.currentThread() instanceof Worker worker ? worker.scratch : callers;
  }

  /**
   * Runs the body over {@code [0, n)} in consecutive pieces, and returns when all are done.
   *
   * @param grain the least number of items worth a piece of their own; up to this many run on the
   *     calling thread alone
   * @throws IllegalStateException if the backend is closed or another thread uses it
   */
  void rows(int n, int grain, Body body) {
    if (closed) {
      throw new IllegalStateException("the backend is closed");
    }
    if (workers.length == 0 || n <= grain) {
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
      // Many pieces: at the end, no thread waits long for the last of another.
      Job job = new Job(n, Math.max(grain, Math.ceilDiv(n, PIECES * threads())), body);
      current = job;
      for (Worker worker : workers) {
        worker.wake();
      }
      job.work();
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

  /** One loop: pieces are taken in order by whoever is free. */
  private static final class Job {
    private final int n;
    private final int piece;
    private final int pieces;
    private final Body body;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(int n, int piece, Body body) {
      this.n = n;
      this.piece = piece;
      this.pieces = Math.ceilDiv(n, piece);
      this.body = body;
    }

    void work() {
      for (int i = taken.getAndIncrement(); i < pieces; i = taken.getAndIncrement()) {
        try {
          int from = i * piece;
          body.run(from, from + Math.min(piece, n - from));
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        finished.incrementAndGet();
      }
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
    private final Scratch scratch = new Scratch();
    private volatile boolean parked;

    Worker(int index) {
      super("rlhf4j-simd-" + index);
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
          job.work();
          last = job;
          spins = 0;
        } else if (spins++ < SPINS) {
          Thread.onSpinWait();
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
