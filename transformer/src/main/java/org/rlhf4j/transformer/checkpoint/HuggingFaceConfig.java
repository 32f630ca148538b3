package org.rlhf4j.transformer.checkpoint;

import java.nio.file.Path;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.DecoderConfig.Family;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.BooleanNode;

/** Reads {@code config.json} of Hugging Face, and refuses what a decoder here would not compute. */
final class HuggingFaceConfig {
  private final JsonNode json;

  private HuggingFaceConfig(JsonNode json) {
    this.json = json;
  }

  static DecoderConfig read(Path file) {
    try {
      JsonNode json = JsonMapper.shared().readTree(WholeFile.read(file));
      HuggingFaceConfig config = new HuggingFaceConfig(json);
      return switch (json.path("model_type").asString("missing")) {
        case "llama" -> config.llama();
        case "gpt2" -> config.gpt2();
        default ->
            throw new IllegalArgumentException(
                "model_type must be llama or gpt2, got " + json.path("model_type"));
      };
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private DecoderConfig llama() {
    int width = integer("hidden_size");
    int heads = integer("num_attention_heads");
    mustBe("hidden_act", "silu");
    mustBeOff("attention_bias");
    mustBeOff("mlp_bias");
    mustBeOff("rope_scaling");
    if (optional("head_dim", width / heads) != width / heads) {
      throw new IllegalArgumentException("head_dim must be hidden_size / num_attention_heads");
    }
    return new DecoderConfig(
        integer("vocab_size"),
        integer("max_position_embeddings"),
        width,
        integer("num_hidden_layers"),
        heads,
        optional("num_key_value_heads", heads),
        integer("intermediate_size"),
        Family.LLAMA,
        json.path("rope_theta").asDouble(10_000),
        RotaryLayout.HALVES,
        json.path("rms_norm_eps").asDouble(1e-6),
        json.path("tie_word_embeddings").asBoolean(false),
        0);
  }

  private DecoderConfig gpt2() {
    int width = integer("n_embd");
    int heads = integer("n_head");
    mustBe("activation_function", "gelu_new");
    return new DecoderConfig(
        integer("vocab_size"),
        integer("n_positions"),
        width,
        integer("n_layer"),
        heads,
        heads,
        optional("n_inner", 4 * width),
        Family.GPT2,
        10_000,
        RotaryLayout.HALVES,
        json.path("layer_norm_epsilon").asDouble(1e-5),
        true,
        0);
  }

  private int integer(String key) {
    JsonNode value = json.path(key);
    if (!value.isInt()) {
      throw new IllegalArgumentException("%s must be an integer, got %s".formatted(key, value));
    }
    return value.intValue();
  }

  private int optional(String key, int otherwise) {
    return json.path(key).isMissingNode() || json.path(key).isNull() ? otherwise : integer(key);
  }

  private void mustBe(String key, String expected) {
    if (!json.path(key).asString(expected).equals(expected)) {
      throw new IllegalArgumentException(
          "%s must be %s, got %s".formatted(key, expected, json.path(key)));
    }
  }

  private void mustBeOff(String key) {
    JsonNode value = json.path(key);
    if (!value.isMissingNode() && !value.isNull() && !value.equals(BooleanNode.FALSE)) {
      throw new IllegalArgumentException("%s is not supported, got %s".formatted(key, value));
    }
  }
}
