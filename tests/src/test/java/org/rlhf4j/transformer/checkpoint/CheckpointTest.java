package org.rlhf4j.transformer.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.Linear;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;

class CheckpointTest {
  @TempDir Path folder;

  private static Linear valueHead(Workspace workspace, long seed) {
    ParameterScope scope = ParameterScope.root(workspace, new RandomKey(seed)).child("valueHead");
    return new Linear(scope, 8, 1, true, 1);
  }

  private static void assertSame(List<Parameter> expected, List<Parameter> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).name(), actual.get(i).name());
      assertArrayEquals(
          expected.get(i).value().toDoubles(),
          actual.get(i).value().toDoubles(),
          0,
          expected.get(i).name());
    }
  }

  @ParameterizedTest
  @CsvSource({"reference, true", "reference, false", "simd, true", "simd, false"})
  void everyBitComesBack(String backend, boolean llama) throws Exception {
    DecoderConfig config =
        llama ? Tiny.LLAMA.withTiedEmbeddings(false).withDropout(0.25) : Tiny.GPT2;
    Path file = folder.resolve("model.safetensors");
    Tiny.on(
        backend,
        (_, workspace) -> {
          Decoder decoder = Tiny.decoder(config, workspace);
          Linear head = valueHead(workspace, 1);
          Checkpoint.save(file, decoder, head.parameters());
          Checkpoint saved = Checkpoint.open(file);
          assertEquals(config, saved.config());
          assertSame(decoder.parameters(), saved.decoder(workspace).parameters());
          assertSame(decoder.parameters(), DecoderFile.read(file, workspace).parameters());
          Linear restored = valueHead(workspace, 2);
          saved.restore(restored.parameters());
          assertSame(head.parameters(), restored.parameters());
        });
  }

  @Test
  void theSameModelIsTheSameFile() throws Exception {
    Tiny.on(
        "simd",
        (_, workspace) -> {
          Decoder decoder = Tiny.decoder(Tiny.LLAMA, workspace);
          Path first = folder.resolve("first.safetensors");
          Path second = folder.resolve("second.safetensors");
          Checkpoint.save(first, decoder, List.of());
          Checkpoint.save(second, decoder, List.of());
          assertEquals(-1, Files.mismatch(first, second));
        });
  }

  @Test
  void namesEveryTensorThatIsMissingOrUnknown() throws Exception {
    Tiny.on(
        "simd",
        (_, workspace) -> {
          Path file = folder.resolve("model.safetensors");
          Decoder decoder = Tiny.decoder(Tiny.LLAMA, workspace);
          Map<String, Tensor> tensors = new LinkedHashMap<>();
          decoder.parameters().forEach(p -> tensors.put("decoder." + p.name(), p.value()));
          tensors.put("decoder.stranger", tensors.remove("decoder.norm.weight"));
          Safetensors.write(file, tensors, ConfigText.of(Tiny.LLAMA));
          String message =
              assertThrows(IllegalArgumentException.class, () -> DecoderFile.read(file, workspace))
                  .getMessage();
          assertEquals(
              file
                  + " does not hold the tensors of this model: missing [decoder.norm.weight],"
                  + " unknown [decoder.stranger]",
              message);
        });
  }

  @Test
  void missingOrFurtherExtrasAreNamed() throws Exception {
    Tiny.on(
        "simd",
        (_, workspace) -> {
          Path file = folder.resolve("model.safetensors");
          List<Parameter> head = valueHead(workspace, 1).parameters();
          Checkpoint.save(file, Tiny.decoder(Tiny.LLAMA, workspace), head.subList(0, 1));
          Checkpoint saved = Checkpoint.open(file);
          String missing =
              assertThrows(IllegalArgumentException.class, () -> saved.restore(head)).getMessage();
          assertTrue(missing.contains("missing [valueHead.bias], unknown []"), missing);
          String further =
              assertThrows(IllegalArgumentException.class, () -> saved.restore(List.of()))
                  .getMessage();
          assertTrue(further.contains("missing [], unknown [valueHead.weight]"), further);
        });
  }

  @Test
  void aTensorOfAnotherShapeIsRefused() throws Exception {
    Tiny.on(
        "simd",
        (_, workspace) -> {
          Path file = folder.resolve("model.safetensors");
          Map<String, Tensor> tensors = new LinkedHashMap<>();
          Tiny.decoder(Tiny.LLAMA, workspace)
              .parameters()
              .forEach(p -> tensors.put("decoder." + p.name(), p.value()));
          Safetensors.write(
              file, tensors, ConfigText.of(DecoderConfig.llama(12, 12, 8, 2, 4, 2, 10)));
          String message =
              assertThrows(IllegalArgumentException.class, () -> DecoderFile.read(file, workspace))
                  .getMessage();
          assertEquals(
              file
                  + ": tensor decoder.embedding.weight has shape [11, 8] but must have shape [12,"
                  + " 8]",
              message);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "decoder.width, 9, heads 4 must divide width 9",
    "decoder.width, eight, metadata decoder.width is not a number: eight",
    "decoder.family, BERT, BERT",
    "decoder.rotaryLayout, SPIRAL, SPIRAL",
    "decoder.normEpsilon, NaN, normEpsilon must be positive"
  })
  void aConfigurationThatIsNoneIsRefused(String key, String value, String reason) throws Exception {
    Path file = folder.resolve("model.safetensors");
    Map<String, String> text = ConfigText.of(Tiny.LLAMA);
    text.put(key, value);
    Safetensors.write(file, Map.of(), text);
    String message =
        assertThrows(IllegalArgumentException.class, () -> Checkpoint.open(file)).getMessage();
    assertTrue(message.startsWith(file + " is not a checkpoint of a decoder: "), message);
    assertTrue(message.contains(reason), message);
  }

  @Test
  void everyEntryOfTheConfigurationIsNeeded() throws Exception {
    Path file = folder.resolve("model.safetensors");
    for (String key : ConfigText.of(Tiny.LLAMA).keySet()) {
      Map<String, String> text = ConfigText.of(Tiny.LLAMA);
      text.remove(key);
      Safetensors.write(file, Map.of(), text);
      String message =
          assertThrows(IllegalArgumentException.class, () -> Checkpoint.open(file)).getMessage();
      assertTrue(message.endsWith("metadata " + key + " is missing"), message);
    }
  }

  @Test
  void anExtraCannotTakeADecodersName() throws Exception {
    Tiny.on(
        "simd",
        (_, workspace) -> {
          Decoder decoder = Tiny.decoder(Tiny.LLAMA, workspace);
          Parameter extra =
              ParameterScope.root(workspace, new RandomKey(0))
                  .child("decoder")
                  .full("x", Shape.of(1), 0);
          Path file = folder.resolve("model.safetensors");
          assertThrows(
              IllegalArgumentException.class, () -> Checkpoint.save(file, decoder, List.of(extra)));
          assertTrue(Files.notExists(file));
        });
  }
}
