package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import java.util.Arrays;
import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.Argument;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.SamplingKernels;
import org.rlhf4j.tensor.kernel.TokenDraw;

/** The next tokens: the logits stay on the device, two words a row come back. */
final class CudaSampling implements SamplingKernels {
  private static final double LOG2_E = 1 / Math.log(2);

  private final Device device;

  CudaSampling(Device device) {
    this.device = device;
  }

  @Override
  public TokenDraw[] draw(Tensor logits, int[] wanted, TokenDraw.Law law, double[] uniforms) {
    int rows = logits.shape().rows();
    int columns = logits.shape().columns();
    if (wanted.length == 0) {
      return new TokenDraw[0];
    }
    long out = device.scratch("draws", 2 * rows);
    Launch launch =
        law.temperature() == 0 || law.restricts(columns)
            ? Grids.blocks("sampling/1-restricted.ptx", "sample_restricted", rows, columns)
            : Grids.blocks("sampling/1-all.ptx", "sample", rows, columns);
    launch =
        launch
            .pointer(address(logits))
            .pointer(device.upload("uniforms", binaryPlaces(rows, wanted, uniforms)))
            .pointer(out)
            .whole(rows)
            .whole(columns)
            .real(LOG2_E / law.divisor());
    if (law.temperature() == 0) {
      launch = launch.whole(1).with(new Argument.Wide(0));
    } else if (law.restricts(columns)) {
      launch = launch.whole(law.topK()).with(new Argument.Wide(share(law.topP())));
    }
    device.run(launch);
    int[] words = new int[2 * rows];
    device.driver().download(out, words);
    return Arrays.stream(wanted)
        .mapToObj(r -> draw(logits, r, words[r], Float.intBitsToFloat(words[rows + r])))
        .toArray(TokenDraw[]::new);
  }

  private static TokenDraw draw(Tensor logits, int row, int token, float logprob) {
    if (token < 0) {
      // the exception of the reference, which names the token
      int n = logits.shape().columns();
      double[] own = Arrays.copyOfRange(logits.toDoubles(), row * n, (row + 1) * n);
      return TokenDraw.of(own, new TokenDraw.Law(0, 1, 1), 0);
    }
    return new TokenDraw(token, logprob);
  }

  /** The 53 bits of a uniform double at the top of 64, two words a row; rows not wanted get 0. */
  private static int[] binaryPlaces(int rows, int[] wanted, double[] uniforms) {
    int[] words = new int[2 * rows];
    for (int i = 0; i < wanted.length; i++) {
      long places = (long) (uniforms[i] * 0x1p53) << 11;
      words[2 * wanted[i]] = (int) places;
      words[2 * wanted[i] + 1] = (int) (places >>> 32);
    }
    return words;
  }

  /** A share in (0, 1) as 64 binary places; 0 stands for all, so the smallest is not 0. */
  private static long share(double topP) {
    long places = (long) (topP * 0x1p63) << 1;
    return topP == 1 ? 0 : places == 0 ? 1 : places;
  }
}
