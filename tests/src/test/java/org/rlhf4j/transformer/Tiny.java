package org.rlhf4j.transformer;

import java.util.random.RandomGenerator;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/** Decoders small enough to prove things about, far from their start so that every path counts. */
public final class Tiny {
  public static final DecoderConfig LLAMA = DecoderConfig.llama(11, 12, 8, 2, 4, 2, 10);
  public static final DecoderConfig GPT2 = DecoderConfig.gpt2(11, 12, 8, 2, 2);

  private Tiny() {}

  /** What a test does with a decoder. */
  public interface Body {
    void accept(Decoder decoder, Pool pool) throws Exception;
  }

  /** Runs a test on a decoder in double precision. */
  public static void with(DecoderConfig config, Body body) throws Exception {
    on("reference", (pool, workspace) -> body.accept(decoder(config, workspace), pool));
  }

  /** What a test does with a backend. */
  public interface Place {
    void accept(Pool pool, Workspace workspace) throws Exception;
  }

  public static void on(String backendName, Place body) throws Exception {
    try (Backend backend = Backends.open(backendName, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      body.accept(pool, workspace);
    }
  }

  /** {@return a decoder whose parameters are of order 1/2} */
  public static Decoder decoder(DecoderConfig config, Workspace workspace) {
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(1)), config);
    RandomGenerator random = new RandomKey(2).generator();
    decoder
        .parameters()
        .forEach(parameter -> {
          double[] values = parameter.value().toDoubles();
          for (int i = 0; i < values.length; i++) {
            values[i] += 0.4 * random.nextGaussian();
          }
          parameter.value().set(values);
        });
    return decoder;
  }
}
