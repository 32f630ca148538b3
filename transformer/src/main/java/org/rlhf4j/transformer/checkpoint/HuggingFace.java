package org.rlhf4j.transformer.checkpoint;

import java.nio.file.Path;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * Checkpoints of Hugging Face: {@code model.safetensors} with its {@code config.json}, of the Llama
 * family (rotary halves) and of GPT-2 (weights stored {@code [in, out]}, query, key and value in
 * one).
 */
public final class HuggingFace {
  private HuggingFace() {}

  /**
   * {@return the decoder in a file}
   *
   * @param config {@code config.json} of the model
   * @param workspace owner of the parameters
   * @throws IllegalArgumentException if a file is malformed, or is of a model that a {@link
   *     Decoder} is not
   */
  public static Decoder read(Safetensors file, Path config, Workspace workspace) {
    DecoderConfig decoderConfig = HuggingFaceConfig.read(config);
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), decoderConfig);
    switch (decoderConfig.family()) {
      case LLAMA ->
          Loading.load(
              file,
              decoder.parameters(),
              name -> TensorSource.same(llama(name)),
              // a tied output layer is sometimes stored a second time; old files keep the angles
              name -> name.equals("lm_head.weight") || name.endsWith(".rotary_emb.inv_freq"));
      case GPT2 -> {
        String prefix = file.entries().containsKey("transformer.wte.weight") ? "transformer." : "";
        Loading.load(
            file,
            decoder.parameters(),
            name -> gpt2(prefix, name),
            // the causal mask, and the tied output layer
            name ->
                name.equals("lm_head.weight")
                    || name.endsWith(".attn.bias")
                    || name.endsWith(".attn.masked_bias"));
      }
    }
    return decoder;
  }

  private static String llama(String name) {
    return switch (name) {
      case "embedding.weight" -> "model.embed_tokens.weight";
      case "norm.weight" -> "model.norm.weight";
      case "output.weight" -> "lm_head.weight";
      default ->
          name.replaceFirst("^blocks", "model.layers")
              .replace("attentionNorm", "input_layernorm")
              .replace("feedForwardNorm", "post_attention_layernorm")
              .replace("attention.query", "self_attn.q_proj")
              .replace("attention.key", "self_attn.k_proj")
              .replace("attention.value", "self_attn.v_proj")
              .replace("attention.output", "self_attn.o_proj")
              .replace("feedForward.gate", "mlp.gate_proj")
              .replace("feedForward.up", "mlp.up_proj")
              .replace("feedForward.down", "mlp.down_proj");
    };
  }

  private static TensorSource gpt2(String prefix, String name) {
    String theirs =
        prefix
            + name.replaceFirst("^embedding", "wte")
                .replaceFirst("^positions", "wpe")
                .replaceFirst("^norm", "ln_f")
                .replaceFirst("^blocks", "h")
                .replace("attentionNorm", "ln_1")
                .replace("feedForwardNorm", "ln_2")
                .replaceFirst("attention\\.(query|key|value)", "attn.c_attn")
                .replace("attention.output", "attn.c_proj")
                .replace("feedForward.up", "mlp.c_fc")
                .replace("feedForward.down", "mlp.c_proj");
    boolean transposed = theirs.contains(".c_");
    if (theirs.contains("c_attn")) {
      int part = name.contains("query") ? 0 : name.contains("key") ? 1 : 2;
      return new TensorSource(theirs, transposed, part, 3);
    }
    return new TensorSource(theirs, transposed, 0, 1);
  }
}
