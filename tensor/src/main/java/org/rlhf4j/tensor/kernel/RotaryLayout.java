package org.rlhf4j.tensor.kernel;

/** Which two elements of a head turn together. */
public enum RotaryLayout {
  /** Elements 2i and 2i+1, as in the paper and llama2.c. */
  INTERLEAVED {
    @Override
    public int first(int pair, int headDim) {
      return 2 * pair;
    }

    @Override
    public int second(int pair, int headDim) {
      return 2 * pair + 1;
    }
  },
  /** Elements i and i + headDim/2, as in GPT-NeoX and the checkpoints of Hugging Face. */
  HALVES {
    @Override
    public int first(int pair, int headDim) {
      return pair;
    }

    @Override
    public int second(int pair, int headDim) {
      return pair + headDim / 2;
    }
  };

  public abstract int first(int pair, int headDim);

  public abstract int second(int pair, int headDim);
}
