package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.verify.Letters;
import org.rlhf4j.rlhf.verify.Reversal;

class RecipeFileTest {
  private static final RecipeFile FILE =
      new RecipeFile(
          "test",
          """
          kind: verifiable
          about: a test
          problems:
            source: {Reversal: {letters: {alphabet: ab, least: 2, most: 3}}}
            training: 6
            heldOut: 2
            heldOutShare: 0.3
          model: {contextLength: 32, width: 8, layers: 1, heads: 2, feedForwardWidth: 8}
          sft: {steps: 5, batchSize: 4, learningRate: 1e-3, solved: 0.5}
          rewards: {exactMatch: 1, characterMatch: 0}
          policy: {algorithm: GRPO, klCoefficient: 0, temperature: 1, iterations: 3, prompts: 2,
            groupSize: 4, epochs: 1, batchSize: 8, learningRate: 1e-3, resamplings: 0}
          quick: {sft.steps: 1, policy.iterations: 2}
          """);

  static List<String> names() {
    return RecipeFile.names();
  }

  private static VerifiableRecipe read(boolean quick, String... assignments) {
    return assertInstanceOf(VerifiableRecipe.class, FILE.recipe(quick, List.of(assignments)));
  }

  @Test
  void keysBecomeComponents() {
    VerifiableRecipe recipe = read(false);
    assertEquals(new Reversal(new Letters("ab", 2, 3)), recipe.problems().source());
    assertEquals(new StartConfig(5, 4, 1e-3, 0.5), recipe.sft());
    assertEquals("GRPO", recipe.policy().algorithm());
  }

  @Test
  void assignmentsWinOverQuickAndQuickOverTheFile() {
    assertEquals(1, read(true).sft().steps());
    assertEquals(2, read(true).policy().iterations());
    assertEquals(7, read(true, "sft.steps=7").sft().steps());
    assertEquals("PPO", read(false, "policy.algorithm=PPO").policy().algorithm());
  }

  /** An error names the key, the value, what was expected, and the nearest valid key. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "policy.itrations=3 | policy.itrations | did you mean 'policy.iterations'?",
        "policy.iterations=many | policy.iterations | 'many'; expected is a value of type int",
        "policy.iterations=2.5 | policy.iterations | '2.5'; expected is a value of type int",
        "policy.iterations=true | policy.iterations | 'true'; expected is a value of type int",
        "policy.iterations=null | policy.iterations | 'null'; expected is a value of type int",
        "policy.algorithm=[PPO] | policy.algorithm | expected is a value of type String",
        "policy.iterations={ | 'policy.iterations={' | no YAML",
        "problems.source.Reversal.letters.alphabet={a: 1} | letters.alphabet | type String",
        "policy.iterations=-3 | iterations must be positive | -3",
        "policy.algorithm=GPRO | 'GPRO' is unknown | did you mean 'GRPO'?",
        "sft.learningRate= | learningRate | ",
        "sft={steps: 5} | 'sft' is unknown | did you mean 'sft.steps'?",
        "problems.source.Reversal.letters.least=9 | strings need an alphabet | 9, 3",
        "nothing | 'nothing' assigns nothing | stage.key=value",
      })
  void errorsSayWhatWouldBeRight(String assignment, String names, String helps) {
    var refused = assertThrows(IllegalArgumentException.class, () -> read(false, assignment));
    assertTrue(refused.getMessage().contains(names), refused.getMessage());
    assertTrue(helps == null || refused.getMessage().contains(helps), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "least: 2 | laest: 2 | Reversal.letters.laest | Reversal.letters.least",
        "steps: 5 | stesp: 5 | sft.stesp | sft.steps",
        "Reversal | Revesal | 'Revesal' is unknown | 'Reversal'",
        "kind: verifiable | kind: verifyable | 'verifyable' is unknown | 'verifiable'",
        "heldOut: 2 | # | heldOut | problems",
      })
  void mistakesInTheFileAreNamed(String right, String wrong, String names, String helps) {
    var file = new RecipeFile("test", FILE.text().replaceFirst(right, wrong));
    var refused = assertThrows(IllegalArgumentException.class, () -> file.recipe(false, List.of()));
    assertTrue(refused.getMessage().contains(names), refused.getMessage());
    assertTrue(refused.getMessage().contains(helps), refused.getMessage());
  }

  @Test
  void anUnknownRecipeIsNamedWithItsNearest() {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> RecipeFile.open("reversal-gpro"));
    assertTrue(refused.getMessage().contains("'reversal-grpo'"), refused.getMessage());
  }

  /** A stage of R1 is called base; a model to begin with it is not. */
  @Test
  void aBaseModelIsOnlyForRecipesThatBeginWithOne() {
    assertEquals(
        List.of("stories260k"),
        RecipeFile.names().stream().filter(name -> RecipeFile.open(name).hasBase()).toList());
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyRecipeOfTheLibraryCanBeRead(String name) {
    assertTrue(RecipeFile.open(name).recipe(false, List.of()).about().length() > 10);
    RecipeFile.open(name).recipe(true, List.of());
  }
}
