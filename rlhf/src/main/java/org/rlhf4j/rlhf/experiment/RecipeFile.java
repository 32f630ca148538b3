package org.rlhf4j.rlhf.experiment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.rlhf4j.rlhf.direct.FDivergenceDpo;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.verify.Arithmetic;
import org.rlhf4j.rlhf.verify.Counting;
import org.rlhf4j.rlhf.verify.ProblemSource;
import org.rlhf4j.rlhf.verify.Reversal;
import org.rlhf4j.rlhf.verify.Sorting;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A recipe as text: YAML whose keys are the components of the recipe's records, its {@code kind},
 * and under {@code quick} what a quick run sets instead.
 *
 * @param name for errors and results
 */
public record RecipeFile(String name, String text) {
  private static final Map<String, Class<? extends Recipe>> KINDS = kinds();

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .addModule(
              new SimpleModule()
                  .addDeserializer(
                      ProblemSource.class,
                      new Catalogue<>(
                          "problem source",
                          List.of(Arithmetic.class, Reversal.class, Sorting.class, Counting.class)))
                  .addDeserializer(
                      PreferenceLoss.class,
                      new Catalogue<>("loss", permitted(PreferenceLoss.class)))
                  .addDeserializer(
                      FDivergenceDpo.Divergence.class,
                      new Catalogue<>("divergence", permitted(FDivergenceDpo.Divergence.class))))
          .build();

  /** {@return the kinds of recipe; {@code RejectionSamplingRecipe} is rejection-sampling} */
  private static Map<String, Class<? extends Recipe>> kinds() {
    Map<String, Class<? extends Recipe>> kinds = new TreeMap<>();
    for (Class<? extends Recipe> type : permitted(Recipe.class)) {
      String name = type.getSimpleName().replaceFirst("Recipe$", "");
      kinds.put(name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT), type);
    }
    return kinds;
  }

  /** {@return the records of a sealed family, in the order in which it lists them} */
  private static <T> List<Class<? extends T>> permitted(Class<T> family) {
    List<Class<? extends T>> records = new ArrayList<>();
    for (Class<?> permitted : family.getPermittedSubclasses()) {
      if (permitted.isRecord()) {
        records.add(permitted.asSubclass(family));
      }
    }
    return records;
  }

  /**
   * {@return a direct-alignment loss by its name, with the coefficients of the library's recipe for
   * all of them, or written with its own, as {@code {Dpo: {beta: 0.1}}}}
   *
   * @throws IllegalArgumentException if there is no such loss; the message names the nearest
   */
  public static PreferenceLoss loss(String nameOrText) {
    if (nameOrText.startsWith("{")) {
      try {
        return YAML.readValue(nameOrText, PreferenceLoss.class);
      } catch (JacksonException e) {
        throw new IllegalArgumentException("loss " + nameOrText + ": " + e.getOriginalMessage(), e);
      }
    }
    Map<String, JsonNode> losses = new TreeMap<>();
    open("direct-alignment")
        .tree()
        .path("losses")
        .forEach(loss -> loss.properties().forEach(entry -> losses.put(entry.getKey(), loss)));
    if (!losses.containsKey(nameOrText)) {
      throw Nearest.unknown("loss", nameOrText, losses.keySet());
    }
    return YAML.treeToValue(losses.get(nameOrText), PreferenceLoss.class);
  }

  /** {@return the names of the recipes that come with the library, in order} */
  public static List<String> names() {
    return resource("recipes/index.txt").lines().toList();
  }

  /**
   * {@return a recipe of the library by its name, or any by its path}
   *
   * @throws IllegalArgumentException if there is neither
   */
  public static RecipeFile open(String nameOrPath) {
    if (names().contains(nameOrPath)) {
      return new RecipeFile(nameOrPath, resource("recipes/" + nameOrPath + ".yaml"));
    }
    Path path = Path.of(nameOrPath);
    if (!Files.isRegularFile(path)) {
      throw Nearest.unknown("recipe", nameOrPath, names());
    }
    try {
      return new RecipeFile(String.valueOf(path.getFileName()), Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  private static String resource(String file) {
    try (InputStream stream =
        Objects.requireNonNull(RecipeFile.class.getResourceAsStream("/" + file), file)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * {@return the recipe}
   *
   * @param assignments such as {@code policy.learningRate=1e-3}, which win over the file
   * @throws IllegalArgumentException if a key or a value is wrong; the message names it, and what
   *     would be right
   */
  public Recipe recipe(boolean quick, List<String> assignments) {
    ObjectNode tree = tree();
    JsonNode quickly = tree.path("quick");
    Class<? extends Recipe> kind = kind(kind());
    tree.remove(List.of("quick", "kind"));
    if (quick) {
      quickly.properties().forEach(entry -> set(tree, entry.getKey(), entry.getValue()));
    }
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "'%s' assigns nothing; write stage.key=value".formatted(assignment));
      }
      set(tree, assignment.substring(0, equals), value(assignment, equals + 1));
    }
    try {
      Keys.check(kind, tree, "");
      return YAML.treeToValue(tree, kind);
    } catch (DatabindException e) {
      throw new IllegalArgumentException(name + ": " + explain(e, tree), e);
    }
  }

  /** {@return what the file says under {@code kind}; recipes of a kind show the same figures} */
  public String kind() {
    return tree().path("kind").asString("");
  }

  /** {@return whether the recipe begins with a pretrained model} */
  public boolean hasBase() {
    return tree().path("base").has("model");
  }

  private ObjectNode tree() {
    try {
      if (YAML.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException(name + ": a recipe consists of keys and values");
    } catch (JacksonException e) {
      throw new IllegalArgumentException(name + ": " + e.getOriginalMessage(), e);
    }
  }

  private static JsonNode value(String assignment, int from) {
    try {
      return YAML.readTree(assignment.substring(from));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "the value of '%s' is no YAML; write a number, a word, [a list] or {key: value}"
              .formatted(assignment),
          e);
    }
  }

  private Class<? extends Recipe> kind(String given) {
    Class<? extends Recipe> kind = KINDS.get(given);
    if (kind == null) {
      throw Nearest.unknown(name + ": kind", given, KINDS.keySet());
    }
    return kind;
  }

  private void set(ObjectNode tree, String path, JsonNode value) {
    List<String> valid = new ArrayList<>();
    paths(tree, "", valid);
    if (!valid.contains(path)) {
      throw Nearest.unknown(name + ": key", path, valid);
    }
    int dot = path.lastIndexOf('.');
    JsonNode parent = dot < 0 ? tree : tree.at("/" + path.substring(0, dot).replace('.', '/'));
    ((ObjectNode) parent).set(path.substring(dot + 1), value);
  }

  private static void paths(JsonNode node, String prefix, List<String> into) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (entry.getValue().isObject()) {
        paths(entry.getValue(), prefix + entry.getKey() + ".", into);
      } else {
        into.add(prefix + entry.getKey());
      }
    }
  }

  private static String explain(DatabindException e, ObjectNode tree) {
    String path =
        e.getPath().stream()
            .map(reference ->
                reference.getPropertyName() == null
                    ? Integer.toString(reference.getIndex())
                    : reference.getPropertyName())
            .collect(Collectors.joining("."));
    Throwable cause = e.getCause();
    if (cause == null && e instanceof MismatchedInputException wrong) {
      JsonNode given = tree.at("/" + path.replace('.', '/'));
      Class<?> type = wrong.getTargetType();
      return "%s is '%s'; expected is a value of type %s"
          .formatted(
              path,
              given.isContainer() ? given : given.asString("null"),
              List.class.isAssignableFrom(type) ? "List" : type.getSimpleName());
    }
    return path + ": " + (cause == null ? e.getOriginalMessage() : cause.getMessage());
  }
}
