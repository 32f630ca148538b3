package org.rlhf4j.rlhf.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

/**
 * Which method computes which equation of the book, and which tests prove it, from the annotations
 * of both.
 *
 * @param equations of the book, in its order
 * @param methods label to places that carry {@link Equation}
 * @param proofs label to kind of proof to tests that carry {@link Proves}
 */
record Ledger(
    List<BookEquation> equations,
    Map<String, TreeSet<String>> methods,
    Map<String, TreeMap<Proof, TreeSet<String>>> proofs) {
  private static final String MAIN = "rlhf/src/main/java";
  private static final String TESTS = "tests/src/test/java";
  private static final String PACKAGE = "org/rlhf4j/rlhf";

  /** A labelled equation; {@code elsewhere} says what stands in for a method, or is empty. */
  record BookEquation(String label, int chapter, String subject, String elsewhere) {}

  /** {@return the project's root, above the directory in which the tests run} */
  static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(MAIN))) {
      directory =
          Objects.requireNonNull(directory.getParent(), "no project above the working directory");
    }
    return directory;
  }

  static Ledger read() {
    Map<String, TreeSet<String>> methods = new TreeMap<>();
    Map<String, TreeMap<Proof, TreeSet<String>>> proofs = new TreeMap<>();
    for (Class<?> type : classes(MAIN)) {
      addEquations(methods, type, type.getSimpleName());
      for (Method method : type.getDeclaredMethods()) {
        addEquations(methods, method, type.getSimpleName() + "." + method.getName());
      }
    }
    for (Class<?> type : classes(TESTS)) {
      for (Method method : type.getDeclaredMethods()) {
        Proves proves = method.getAnnotation(Proves.class);
        for (String label : proves == null ? new String[0] : proves.value()) {
          proofs
              .computeIfAbsent(label, _ -> new TreeMap<>())
              .computeIfAbsent(proves.by(), _ -> new TreeSet<>())
              .add(type.getSimpleName() + "." + method.getName());
        }
      }
    }
    return new Ledger(bookEquations(), methods, proofs);
  }

  /** {@return all methods of the test classes, as Class.method} */
  static TreeSet<String> testMethods() {
    TreeSet<String> names = new TreeSet<>();
    for (Class<?> type : classes(TESTS)) {
      for (Method method : type.getDeclaredMethods()) {
        names.add(type.getSimpleName() + "." + method.getName());
      }
    }
    return names;
  }

  private static void addEquations(
      Map<String, TreeSet<String>> methods, AnnotatedElement element, String place) {
    Equation equation = element.getAnnotation(Equation.class);
    for (String label : equation == null ? new String[0] : equation.value()) {
      methods.computeIfAbsent(label, _ -> new TreeSet<>()).add(place);
    }
  }

  private static List<Class<?>> classes(String sources) {
    Path directory = root().resolve(sources);
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory.resolve(PACKAGE))) {
      files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .sorted()
          .forEach(file -> addWithNested(classes, nameOf(directory, file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return classes;
  }

  private static String nameOf(Path directory, Path file) {
    String relative = directory.relativize(file).toString();
    return relative.substring(0, relative.length() - ".java".length()).replace('/', '.');
  }

  private static void addWithNested(List<Class<?>> classes, String name) {
    try {
      // not initialised: only the annotations are read
      Class<?> type = Class.forName(name, false, Ledger.class.getClassLoader());
      classes.add(type);
      classes.addAll(Arrays.asList(type.getDeclaredClasses()));
      Object[] constants = type.getEnumConstants();
      for (Object constant : constants == null ? new Object[0] : constants) {
        if (constant.getClass() != type) {
          classes.add(constant.getClass());
        }
      }
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("the source file of " + name + " has no class", e);
    }
  }

  private static List<BookEquation> bookEquations() {
    try (InputStream in =
        Objects.requireNonNull(
            Proves.class.getResourceAsStream("book-equations.tsv"), "book-equations.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("\t", -1))
          .map(row ->
              new BookEquation(
                  row[0], Integer.parseInt(row[1]), row[2], row.length > 3 ? row[3] : ""))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return the page docs/equations.md} */
  String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # The equations of the book

            Every labelled equation of the *RLHF Book* (N. Lambert) as of June 2025, what computes it here and
            what proves it. Labels are those of the book's source; numbers move between editions, labels stay.
            Written by `LedgerTest` from the annotations `@Equation` and `@Proves`; the build fails when an
            equation has no method, when it loses its last proof, or when this page is stale. Besides its 92
            labels the edition prints 16 formulas without one: the vectors, the matrix and the selections of
            chapter 10's example (`SelectionTest`), and a line on GRPO's loss (errata.md).

            | ch. | label | subject | computed by | proven by |
            | --- | --- | --- | --- | --- |
            """);
    for (BookEquation equation : equations) {
      page.append(
          "| %d | `%s` | %s | %s | %s |\n"
              .formatted(
                  equation.chapter(),
                  equation.label(),
                  equation.subject(),
                  computedBy(equation),
                  provenBy(equation.label())));
    }
    return page.toString();
  }

  private String computedBy(BookEquation equation) {
    TreeSet<String> places = methods.getOrDefault(equation.label(), new TreeSet<>());
    return places.isEmpty() ? equation.elsewhere() : code(places);
  }

  private String provenBy(String label) {
    List<String> kinds = new ArrayList<>();
    proofs
        .getOrDefault(label, new TreeMap<>())
        .forEach((proof, tests) -> kinds.add(proof + ": " + code(tests)));
    return String.join("; ", kinds);
  }

  private static String code(TreeSet<String> names) {
    return "`" + String.join("`, `", names) + "`";
  }
}
