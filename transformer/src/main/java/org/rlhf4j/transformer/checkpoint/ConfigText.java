package org.rlhf4j.transformer.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.transformer.DecoderConfig;

/** A decoder's configuration as text by key, for the metadata of a checkpoint. */
final class ConfigText {
  private static final String PREFIX = "decoder.";
  static final String FAMILY = PREFIX + "family";

  private final Map<String, String> text;

  private ConfigText(Map<String, String> text) {
    this.text = text;
  }

  static Map<String, String> of(DecoderConfig config) {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(FAMILY, config.family().name());
    text.put(PREFIX + "vocabularySize", Integer.toString(config.vocabularySize()));
    text.put(PREFIX + "contextLength", Integer.toString(config.contextLength()));
    text.put(PREFIX + "width", Integer.toString(config.width()));
    text.put(PREFIX + "layers", Integer.toString(config.layers()));
    text.put(PREFIX + "heads", Integer.toString(config.heads()));
    text.put(PREFIX + "keyValueHeads", Integer.toString(config.keyValueHeads()));
    text.put(PREFIX + "feedForwardWidth", Integer.toString(config.feedForwardWidth()));
    text.put(PREFIX + "rotaryBase", Double.toString(config.rotaryBase()));
    text.put(PREFIX + "rotaryLayout", config.rotaryLayout().name());
    text.put(PREFIX + "normEpsilon", Double.toString(config.normEpsilon()));
    text.put(PREFIX + "tiedEmbeddings", Boolean.toString(config.tiedEmbeddings()));
    text.put(PREFIX + "dropout", Double.toString(config.dropout()));
    return text;
  }

  /**
   * {@return the configuration in a text}
   *
   * @throws IllegalArgumentException if an entry is missing or not a value of its kind
   */
  static DecoderConfig config(Map<String, String> text) {
    ConfigText of = new ConfigText(text);
    return new DecoderConfig(
        of.integer("vocabularySize"),
        of.integer("contextLength"),
        of.integer("width"),
        of.integer("layers"),
        of.integer("heads"),
        of.integer("keyValueHeads"),
        of.integer("feedForwardWidth"),
        DecoderConfig.Family.valueOf(of.string("family")),
        of.number("rotaryBase"),
        RotaryLayout.valueOf(of.string("rotaryLayout")),
        of.number("normEpsilon"),
        of.string("tiedEmbeddings").equals("true"),
        of.number("dropout"));
  }

  private String string(String key) {
    String value = text.get(PREFIX + key);
    if (value == null) {
      throw new IllegalArgumentException("metadata " + PREFIX + key + " is missing");
    }
    return value;
  }

  private int integer(String key) {
    try {
      return Integer.parseInt(string(key));
    } catch (NumberFormatException e) {
      throw notANumber(key, e);
    }
  }

  private double number(String key) {
    try {
      return Double.parseDouble(string(key));
    } catch (NumberFormatException e) {
      throw notANumber(key, e);
    }
  }

  private IllegalArgumentException notANumber(String key, NumberFormatException cause) {
    return new IllegalArgumentException(
        "metadata %s%s is not a number: %s".formatted(PREFIX, key, string(key)), cause);
  }
}
