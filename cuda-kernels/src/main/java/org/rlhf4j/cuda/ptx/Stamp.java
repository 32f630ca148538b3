package org.rlhf4j.cuda.ptx;

/**
 * Who touched a word and when, packed into a long: thread of the launch (36 bits, its block above
 * its place in the block), block barriers passed (14), warp barriers passed (9), atomic (1), bytes
 * of the word (4). 0 means nobody.
 *
 * <p>Two accesses are ordered when they are of one thread, or of one block with different counts of
 * block barriers, or of one warp with different counts of warp barriers. The counts wrap, so a
 * kernel that passes exactly 16,384 barriers between two accesses is reported in error.
 */
final class Stamp {
  static final long BARRIER = 1L << 36;
  static final long WARP_BARRIER = 1L << 50;
  static final long ATOMIC = 1L << 59;
  static final int BYTES = 60;
  private static final long THREAD_MASK = BARRIER - 1;
  private static final long BARRIER_MASK = WARP_BARRIER - BARRIER;
  private static final long WARP_BARRIER_MASK = ATOMIC - WARP_BARRIER;

  private Stamp() {}

  /** Whether nothing orders two accesses of which at least one writes. */
  static boolean unordered(long a, long b, long blockMask) {
    long difference = a ^ b;
    if ((difference & THREAD_MASK) == 0 || (a & b & ATOMIC) != 0 || (a & b) >>> BYTES == 0) {
      return false;
    }
    return !barrierBetween(difference, blockMask);
  }

  /** Whether a later access of the same block is ordered after this one. */
  static boolean barrierBetween(long difference, long blockMask) {
    if ((difference & blockMask) != 0) {
      return false;
    }
    if ((difference & BARRIER_MASK) != 0) {
      return true;
    }
    boolean sameWarp = (difference & THREAD_MASK & ~31L) == 0;
    return sameWarp && (difference & WARP_BARRIER_MASK) != 0;
  }

  static boolean sameThread(long a, long b) {
    return ((a ^ b) & THREAD_MASK) == 0;
  }

  static long thread(long stamp) {
    return stamp & THREAD_MASK;
  }

  static long blockBarrier(long stamp) {
    return (stamp & ~BARRIER_MASK & ~WARP_BARRIER_MASK)
        | ((stamp + BARRIER) & BARRIER_MASK)
        | (stamp & WARP_BARRIER_MASK);
  }

  static long warpBarrier(long stamp) {
    return (stamp & ~WARP_BARRIER_MASK) | ((stamp + WARP_BARRIER) & WARP_BARRIER_MASK);
  }
}
