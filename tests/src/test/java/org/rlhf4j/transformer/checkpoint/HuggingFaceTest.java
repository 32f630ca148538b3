package org.rlhf4j.transformer.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;

/**
 * Files written here under the names and layouts that Hugging Face documents for its Llama and
 * GPT-2 state dictionaries, from a decoder of ours whose answers are known.
 */
class HuggingFaceTest {
  private static final String LLAMA =
      """
      {"model_type": "llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 10,
       "max_position_embeddings": 12, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
       "hidden_act": "silu", "tie_word_embeddings": false, "rope_scaling": null}
      """;
  private static final String GPT2 =
      """
      {"model_type": "gpt2", "vocab_size": 11, "n_positions": 12, "n_embd": 8, "n_layer": 2,
       "n_head": 2, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}
      """;

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("model.safetensors");
  }

  private Path config(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }

  private static Map<String, Tensor> byName(Decoder decoder) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameter parameter : decoder.parameters()) {
      tensors.put(parameter.name(), parameter.value());
    }
    return tensors;
  }

  private static double[] logits(Decoder decoder, Pool pool) {
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch batch = new TokenBatch(new int[] {3, 7, 7, 0, 10, 2}, new int[1]);
      return decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION)).value().toDoubles();
    }
  }

  /** Rows of each head in the order of halves: first the even ones, then the odd ones. */
  private static Tensor toHalves(Workspace workspace, Tensor weight, int headDim) {
    double[] rows = weight.toDoubles();
    double[] halves = new double[rows.length];
    int width = weight.shape().dim(1);
    for (int row = 0; row < weight.shape().dim(0); row++) {
      int head = row / headDim * headDim;
      int within = row % headDim;
      int from = head + (within < headDim / 2 ? 2 * within : 2 * (within - headDim / 2) + 1);
      System.arraycopy(rows, from * width, halves, row * width, width);
    }
    return workspace.of(weight.shape(), halves);
  }

  private static Map<String, Tensor> llamaFile(Workspace workspace, Decoder decoder) {
    Map<String, Tensor> ours = byName(decoder);
    Map<String, Tensor> theirs = new LinkedHashMap<>();
    theirs.put("model.embed_tokens.weight", ours.get("embedding.weight"));
    for (int layer = 0; layer < 2; layer++) {
      String to = "model.layers." + layer + ".";
      String from = "blocks." + layer + ".";
      int headDim = decoder.config().headDim();
      theirs.put(to + "input_layernorm.weight", ours.get(from + "attentionNorm.weight"));
      theirs.put(
          to + "self_attn.q_proj.weight",
          toHalves(workspace, ours.get(from + "attention.query.weight"), headDim));
      theirs.put(
          to + "self_attn.k_proj.weight",
          toHalves(workspace, ours.get(from + "attention.key.weight"), headDim));
      theirs.put(to + "self_attn.v_proj.weight", ours.get(from + "attention.value.weight"));
      theirs.put(to + "self_attn.o_proj.weight", ours.get(from + "attention.output.weight"));
      theirs.put(to + "post_attention_layernorm.weight", ours.get(from + "feedForwardNorm.weight"));
      theirs.put(to + "mlp.gate_proj.weight", ours.get(from + "feedForward.gate.weight"));
      theirs.put(to + "mlp.up_proj.weight", ours.get(from + "feedForward.up.weight"));
      theirs.put(to + "mlp.down_proj.weight", ours.get(from + "feedForward.down.weight"));
    }
    theirs.put("model.norm.weight", ours.get("norm.weight"));
    theirs.put("lm_head.weight", ours.get("output.weight"));
    return theirs;
  }

  @Test
  void llamaInHalvesIsTheInterleavedModel() throws Exception {
    // a head of 4, so that halves and interleaved pairs differ
    DecoderConfig two = DecoderConfig.llama(11, 12, 8, 2, 2, 1, 10).withTiedEmbeddings(false);
    config(
        LLAMA
            .replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 2")
            .replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 1"));
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder decoder = Tiny.decoder(two, workspace);
          Safetensors.write(file(), llamaFile(workspace, decoder), Map.of("format", "pt"));
          Decoder read = DecoderFile.read(file(), workspace);
          assertEquals(RotaryLayout.HALVES, read.config().rotaryLayout());
          assertArrayEquals(logits(decoder, pool), logits(read, pool), 1e-12);
        });
  }

  private static Tensor transposed(Workspace workspace, Tensor... parts) {
    int in = parts[0].shape().dim(1);
    int out = parts[0].shape().dim(0);
    double[] joined = new double[in * out * parts.length];
    for (int p = 0; p < parts.length; p++) {
      double[] values = parts[p].toDoubles();
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          joined[i * out * parts.length + p * out + o] = values[o * in + i];
        }
      }
    }
    return workspace.of(Shape.of(in, out * parts.length), joined);
  }

  private static Map<String, Tensor> gpt2File(Workspace workspace, Decoder decoder) {
    Map<String, Tensor> ours = byName(decoder);
    Map<String, Tensor> theirs = new LinkedHashMap<>();
    theirs.put("wte.weight", ours.get("embedding.weight"));
    theirs.put("wpe.weight", ours.get("positions.weight"));
    for (int layer = 0; layer < 2; layer++) {
      String to = "h." + layer + ".";
      String from = "blocks." + layer + ".";
      String attention = from + "attention.";
      for (String kind : new String[] {"weight", "bias"}) {
        theirs.put(to + "ln_1." + kind, ours.get(from + "attentionNorm." + kind));
        theirs.put(to + "ln_2." + kind, ours.get(from + "feedForwardNorm." + kind));
      }
      theirs.put(
          to + "attn.c_attn.weight",
          transposed(
              workspace,
              ours.get(attention + "query.weight"),
              ours.get(attention + "key.weight"),
              ours.get(attention + "value.weight")));
      double[] bias = new double[24];
      System.arraycopy(ours.get(attention + "query.bias").toDoubles(), 0, bias, 0, 8);
      System.arraycopy(ours.get(attention + "key.bias").toDoubles(), 0, bias, 8, 8);
      System.arraycopy(ours.get(attention + "value.bias").toDoubles(), 0, bias, 16, 8);
      theirs.put(to + "attn.c_attn.bias", workspace.of(Shape.of(24), bias));
      theirs.put(
          to + "attn.c_proj.weight", transposed(workspace, ours.get(attention + "output.weight")));
      theirs.put(to + "attn.c_proj.bias", ours.get(attention + "output.bias"));
      theirs.put(
          to + "mlp.c_fc.weight", transposed(workspace, ours.get(from + "feedForward.up.weight")));
      theirs.put(to + "mlp.c_fc.bias", ours.get(from + "feedForward.up.bias"));
      theirs.put(
          to + "mlp.c_proj.weight",
          transposed(workspace, ours.get(from + "feedForward.down.weight")));
      theirs.put(to + "mlp.c_proj.bias", ours.get(from + "feedForward.down.bias"));
      theirs.put(to + "attn.bias", workspace.zeros(Shape.of(1, 1, 12, 12))); // a mask, not a bias
    }
    theirs.put("ln_f.weight", ours.get("norm.weight"));
    theirs.put("ln_f.bias", ours.get("norm.bias"));
    return theirs;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "transformer."})
  void gpt2IsTurnedAndTakenApart(String prefix) throws Exception {
    config(GPT2);
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder decoder = Tiny.decoder(Tiny.GPT2, workspace);
          Map<String, Tensor> theirs = new LinkedHashMap<>();
          gpt2File(workspace, decoder).forEach((name, t) -> theirs.put(prefix + name, t));
          Safetensors.write(file(), theirs, Map.of());
          assertArrayEquals(
              logits(decoder, pool), logits(DecoderFile.read(file(), workspace), pool), 0);
        });
  }

  @Test
  void namesWhatIsMissingOrUnknown() throws Exception {
    config(LLAMA);
    Tiny.on(
        "reference",
        (_, workspace) -> {
          Decoder decoder = Tiny.decoder(Tiny.LLAMA.withTiedEmbeddings(false), workspace);
          Map<String, Tensor> theirs = llamaFile(workspace, decoder);
          theirs.put("model.layers.2.mlp.up_proj.weight", theirs.remove("lm_head.weight"));
          Safetensors.write(file(), theirs, Map.of());
          String message =
              assertThrows(
                      IllegalArgumentException.class, () -> DecoderFile.read(file(), workspace))
                  .getMessage();
          assertTrue(
              message.endsWith(
                  "missing [lm_head.weight], unknown [model.layers.2.mlp.up_proj.weight]"),
              message);
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "\"model_type\": \"llama\"; \"model_type\": \"bert\"; model_type must be llama or gpt2",
        "\"hidden_act\": \"silu\"; \"hidden_act\": \"relu\"; hidden_act must be silu",
        "\"rope_scaling\": null; \"rope_scaling\": {\"factor\": 8}; rope_scaling is not supported",
        "\"rope_scaling\": null; \"attention_bias\": true; attention_bias is not supported",
        "\"rope_scaling\": null; \"head_dim\": 3; head_dim must be hidden_size",
        "\"vocab_size\": 11; \"vocab_size\": \"many\"; vocab_size must be an integer",
        "\"hidden_size\": 8; \"hidden_size\": 9; heads 4 must divide width 9",
        "{; [; is not JSON"
      })
  void refusesModelsThatADecoderIsNot(String from, String to, String reason) throws Exception {
    config(LLAMA.replace(from, to));
    Safetensors.write(file(), Map.of(), Map.of());
    Tiny.on(
        "reference",
        (_, workspace) -> {
          String message =
              assertThrows(
                      IllegalArgumentException.class, () -> DecoderFile.read(file(), workspace))
                  .getMessage();
          assertTrue(message.contains(reason), message);
        });
  }

  @Test
  void aMissingConfigurationIsNamed() throws Exception {
    Safetensors.write(file(), Map.of(), Map.of());
    Tiny.on(
        "reference",
        (_, workspace) -> {
          String message =
              assertThrows(UncheckedIOException.class, () -> DecoderFile.read(file(), workspace))
                  .getMessage();
          assertTrue(message.contains("config.json"), message);
        });
  }
}
