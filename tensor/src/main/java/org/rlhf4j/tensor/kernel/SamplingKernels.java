package org.rlhf4j.tensor.kernel;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.rlhf4j.tensor.Tensor;

/** The next token of every row of logits {@code [rows, vocab]}; only the draws reach the host. */
public interface SamplingKernels {
  /**
   * {@return one draw a wanted row, in their order}
   *
   * @param logits [rows, vocab]; not modified
   * @param wanted which rows; the others are not looked at
   * @param uniforms one number in [0, 1) a wanted row
   * @throws ArithmeticException if in a wanted row a logit is NaN or +inf, or all are -inf
   * @implSpec the same token as {@link TokenDraw#of} draws, but where the uniform number is as
   *     close to the boundary between two tokens as the probabilities are exact; a token less
   *     probable than 2^-41 times the most probable may never be drawn
   */
  default TokenDraw[] draw(Tensor logits, int[] wanted, TokenDraw.Law law, double[] uniforms) {
    double[] values = logits.toDoubles();
    int n = logits.shape().columns();
    return IntStream.range(0, wanted.length)
        .mapToObj(i -> {
          double[] own = Arrays.copyOfRange(values, wanted[i] * n, (wanted[i] + 1) * n);
          return TokenDraw.of(own, law, uniforms[i]);
        })
        .toArray(TokenDraw[]::new);
  }
}
