package org.rlhf4j.rlhf.direct;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

/** What holds for every direct-alignment loss; each is found here by its place in the family. */
class DirectFamilyTest {
  static List<DirectCase> cases() {
    return DirectCase.all();
  }

  @Test
  void everyLossHasACase() {
    var missing =
        Arrays.stream(PreferenceLoss.class.getPermittedSubclasses())
            .filter(type -> type != PreferenceLoss.Custom.class)
            .filter(type -> cases().stream().noneMatch(one -> one.loss().getClass() == type))
            .map(Class::getSimpleName)
            .collect(Collectors.toList());
    assertEquals(List.of(), missing);
    assertEquals(26, PreferenceLoss.class.getPermittedSubclasses().length - 1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  @Proves(
      value = {"dpo_core", "dpo_nll", "dpo_nll_expanded"},
      by = Proof.CLOSED_FORM)
  void knownValue(DirectCase one) {
    assertEquals(one.exampleValue(), Pairs.example().differentiate(one.loss()).value(), 6e-11);
  }

  @ParameterizedTest
  @MethodSource("cases")
  @Proves(
      value = {"dpo_core", "dpo_gradient", "dpo_nll", "dpo_nll_expanded"},
      by = Proof.ORACLE)
  void valueAndGradientAgreeWithTheTextbook(DirectCase one) {
    Random random = new Random(5);
    for (int round = 0; round < 40; round++) {
      double chosen = -0.2 - 12 * random.nextDouble();
      double rejected = -0.2 - 12 * random.nextDouble();
      Pairs pairs =
          Pairs.of(
              chosen,
              rejected,
              chosen + 1.5 * random.nextGaussian(),
              rejected + 1.5 * random.nextGaussian());
      Differentiated actual = pairs.differentiate(one.loss());
      DerivativeStructure expected =
          one.formula()
              .apply(pairs)
              .apply(
                  new DerivativeStructure(2, 1, 0, chosen),
                  new DerivativeStructure(2, 1, 1, rejected));
      double[] byHand = one.gradient().apply(DirectCase.Point.of(pairs));
      assertClose(expected.getValue(), actual.value(), 1e-11);
      for (int i = 0; i < 2; i++) {
        double slope = actual.gradients()[i][0];
        assertClose(expected.getPartialDerivative(1 - i, i), slope, 1e-10);
        assertClose(byHand[i], slope, 1e-10);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void extremesStayFinite(DirectCase one) {
    double[] extremes = {0, -1e-9, -1, -700, -1e4};
    for (double chosen : extremes) {
      for (double rejected : extremes) {
        for (double reference : new double[] {0, -50, -1e4}) {
          for (String backend : new String[] {"reference", "simd"}) {
            Differentiated result =
                Pairs.of(chosen, rejected, reference, reference).differentiate(backend, one.loss());
            String at =
                one.loss()
                    + " on "
                    + backend
                    + " at "
                    + chosen
                    + ", "
                    + rejected
                    + ", "
                    + reference;
            assertTrue(Double.isFinite(result.value()), at);
            assertTrue(Double.isFinite(result.gradients()[0][0]), at);
            assertTrue(Double.isFinite(result.gradients()[1][0]), at);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void pairsDoNotSeeEachOther(DirectCase one) {
    Pairs first = Pairs.of(-10, -12, -11, -11.5);
    Pairs second = Pairs.of(-3, -2.5, -3.5, -2);
    Pairs both = together(first, second);
    Differentiated apart = first.differentiate(one.loss());
    Differentiated other = second.differentiate(one.loss());
    Differentiated joint = both.differentiate(one.loss());
    assertArrayEquals(new double[] {apart.value(), other.value()}, joint.values(), 1e-14);
    assertArrayEquals(
        new double[] {apart.gradients()[0][0], other.gradients()[0][0]},
        joint.gradients()[0],
        1e-15);
    Differentiated swapped = together(second, first).differentiate(one.loss());
    assertEquals(joint.values()[0], swapped.values()[1]);
    assertEquals(joint.gradients()[1][0], swapped.gradients()[1][1]);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theMeanIsReturnedWithItsMetrics(DirectCase one) {
    Pairs pairs = together(Pairs.of(-10, -12, -11, -11.5), Pairs.of(-3, -2.5, -3.5, -2));
    Differentiated result =
        Differentiated.of(
            inputs -> {
              var output = one.loss().apply(pairs.batch(inputs));
              assertEquals(output.loss().item(), output.metric("loss"));
              assertEquals(0.75, output.metric("rewards/chosen"), 1e-12);
              assertEquals(-0.5, output.metric("rewards/rejected"), 1e-12);
              assertEquals(1.25, output.metric("rewards/margins"), 1e-12);
              assertEquals(1, output.metric("rewards/accuracies"));
              return output.loss();
            },
            Differentiated.Input.of(pairs.chosen()),
            Differentiated.Input.of(pairs.rejected()));
    double[] losses = pairs.differentiate(one.loss()).values();
    assertEquals((losses[0] + losses[1]) / 2, result.value(), 1e-14);
  }

  @Test
  void trap11IdenticalAnswersAreAConstant() {
    Differentiated dpo = Pairs.of(-4, -4, -5, -5).differentiate(new Dpo(0.1));
    assertEquals(Math.log(2), dpo.value(), 1e-15);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                inputs ->
                    new SimPo(2, 1)
                        .losses(
                            PreferenceBatch.withoutReference(
                                    new PairLogprobs(inputs.get(0), inputs.get(1)))
                                .withLengths(new double[] {3}, new double[] {0})),
                Differentiated.Input.of(-1),
                Differentiated.Input.of(-1)));
  }

  @Test
  void whatIsMissingIsAskedForByName() {
    assertAsksFor("PreferenceBatch.of(policy, reference)", new Dpo(0.1));
    assertAsksFor("withLengths", new SimPo(2, 1));
    Differentiated.of(
        inputs -> {
          PairLogprobs pair = new PairLogprobs(inputs.get(0), inputs.get(1));
          PreferenceBatch batch = PreferenceBatch.of(pair, pair);
          assertMentions("withScores", () -> new Rebel(1).losses(batch));
          assertMentions("withMismatched", () -> new Kto(0.1).losses(batch));
          assertMentions(
              "must be above",
              () -> new Odpo(0.1, 1).losses(batch.withScores(new double[] {1}, new double[] {1})));
          assertMentions(
              "2 entries", () -> batch.withScores(new double[] {1, 2}, new double[] {1}));
          assertMentions(
              "2 entries", () -> batch.withScores(new double[] {1}, new double[] {1, 2}));
          return inputs.get(0);
        },
        Differentiated.Input.of(-1),
        Differentiated.Input.of(-1));
  }

  private static void assertAsksFor(String words, PreferenceLoss loss) {
    Differentiated.of(
        inputs -> {
          PairLogprobs pair = new PairLogprobs(inputs.get(0), inputs.get(1));
          assertMentions(words, () -> loss.losses(PreferenceBatch.withoutReference(pair)));
          return inputs.get(0);
        },
        Differentiated.Input.of(-1),
        Differentiated.Input.of(-1));
  }

  private static void assertMentions(
      String words, org.junit.jupiter.api.function.Executable executable) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, executable);
    assertTrue(refused.toString().contains(words), refused.toString());
  }

  @Test
  void referenceFreeLossesNeedNoReference() {
    for (PreferenceLoss loss :
        new PreferenceLoss[] {
          new SimPo(2, 0.5),
          new Cpo(0.1),
          new Orpo(0.1),
          new Slic(1, 0.1),
          new AlphaPo(2, 0.5, 0.25)
        }) {
      double expected = Pairs.example().differentiate(loss).value();
      Differentiated actual =
          Differentiated.of(
              inputs -> {
                var output =
                    loss.apply(
                        PreferenceBatch.withoutReference(
                                new PairLogprobs(inputs.get(0), inputs.get(1)))
                            .withLengths(new double[] {5}, new double[] {4}));
                assertEquals(2, output.metric("rewards/margins"));
                return output.loss();
              },
              Differentiated.Input.of(-10),
              Differentiated.Input.of(-12));
      assertEquals(expected, actual.value(), 1e-15);
    }
  }

  @Test
  void pairsMustBeVectorsOfOneLength() {
    for (double[][] inputs : new double[][][] {{{1, 2}, {1}}, {{}, {}}}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Differentiated.of(
                  in -> new PairLogprobs(in.get(0), in.get(1)).margin(),
                  Differentiated.Input.of(inputs[0]),
                  Differentiated.Input.of(inputs[1])));
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> new PairLogprobs(in.get(0), in.get(0)).margin(),
                Differentiated.Input.of(new double[][] {{1}})));
  }

  @Test
  void nonsensicalParametersAreRefused() {
    List<org.junit.jupiter.api.function.Executable> wrong =
        List.of(
            () -> new ConservativeDpo(0, 0.1),
            () -> new ConservativeDpo(0.1, 0.51),
            () -> new ConservativeDpo(0.1, -0.01),
            () -> new RobustDpo(0, 0.1),
            () -> new RobustDpo(0.1, 0.5),
            () -> new RobustDpo(0.1, -0.01),
            () -> new Ipo(0),
            () -> new Odpo(0, 1),
            () -> new Odpo(0.1, -1),
            () -> new Rebel(0),
            () -> new RewardAwarePo(0, 1, RewardAwarePo.Distance.SQUARED),
            () -> new RewardAwarePo(1, 0, RewardAwarePo.Distance.SQUARED),
            () -> new Kto(0),
            () -> new Kto(0.1, 0, 1),
            () -> new Kto(0.1, 1, 0),
            () -> new Orpo(0),
            () -> new SimPo(0, 1),
            () -> new SimPo(1, -1),
            () -> new AlphaPo(0, 1, 1),
            () -> new AlphaPo(1, -1, 1),
            () -> new AlphaPo(1, 1, Double.NaN),
            () -> new Cpo(0),
            () -> new Cpo(1, -1, AnswerLength.SUM),
            () -> new Hinge(0),
            () -> new Slic(0, 1),
            () -> new Slic(1, -1),
            () -> new CalDpo(0),
            () -> new ApoZero(0),
            () -> new ApoDown(0),
            () -> new Bco(0),
            () -> new Bco(1, Double.NaN),
            () -> new Nca(0),
            () -> new Sppo(0),
            () -> new Exo(0, 0.1),
            () -> new Exo(1, 0),
            () -> new Exo(1, 0.5),
            () -> new DpoWithLikelihood(0, 1),
            () -> new DpoWithLikelihood(1, -1),
            () -> new LengthNormalizedDpo(0),
            () -> new DiscoPop(0, 0.05),
            () -> new DiscoPop(1, 0),
            () -> new DiscoPop(1, 1),
            () -> new FDivergenceDpo(0, new FDivergenceDpo.ReverseKl()),
            () -> new FDivergenceDpo.Alpha(0),
            () -> new FDivergenceDpo.Alpha(1),
            () -> new PlackettLuceDpo(0));
    for (var executable : wrong) {
      assertThrows(IllegalArgumentException.class, executable);
    }
  }

  private static void assertClose(double expected, double actual, double tolerance) {
    assertEquals(expected, actual, tolerance * Math.max(1, Math.abs(expected)));
  }

  private static Pairs together(Pairs first, Pairs second) {
    return new Pairs(
        join(first.chosen(), second.chosen()),
        join(first.rejected(), second.rejected()),
        join(first.referenceChosen(), second.referenceChosen()),
        join(first.referenceRejected(), second.referenceRejected()),
        join(first.chosenLengths(), second.chosenLengths()),
        join(first.rejectedLengths(), second.rejectedLengths()),
        join(first.chosenScores(), second.chosenScores()),
        join(first.rejectedScores(), second.rejectedScores()),
        first.mismatched());
  }

  private static double[] join(double[] first, double[] second) {
    return new double[] {first[0], second[0]};
  }
}
