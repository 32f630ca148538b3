package org.rlhf4j.tensor.kernel;

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a block cipher
 * of a counter, all integer arithmetic, hence bit-equal on every machine.
 */
public final class Philox {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /**
   * {@return the four 32-bit words for a counter}
   *
   * @param key 64 bits: low word first
   * @param counter the block's number; the counter's upper 64 bits are 0
   */
  public static int[] block(long key, long counter) {
    int[] words = {(int) counter, (int) (counter >>> 32), 0, 0};
    encrypt(words, (int) key, (int) (key >>> 32));
    return words;
  }

  /** Ten rounds on the four words of a counter, in place. */
  static void encrypt(int[] words, int key0, int key1) {
    for (int round = 0; round < 10; round++) {
      long product0 = (MULTIPLIER_0 & 0xffffffffL) * (words[0] & 0xffffffffL);
      long product1 = (MULTIPLIER_1 & 0xffffffffL) * (words[2] & 0xffffffffL);
      words[0] = (int) (product1 >>> 32) ^ words[1] ^ key0;
      words[1] = (int) product1;
      words[2] = (int) (product0 >>> 32) ^ words[3] ^ key1;
      words[3] = (int) product0;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
  }

  /** {@return the uniform number in [0, 1) of element {@code index}: 24 bits, exact in a float} */
  public static double uniform(long key, int index) {
    return (block(key, index >>> 2)[index & 3] >>> 8) * 0x1p-24;
  }
}
