package org.rlhf4j.autograd;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** Every fluent method leads to its op: values computed by hand or known by name. */
class VariableTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  /** A method taken at a row {@code [1, n]} and what must come out. */
  private record Expected(double[] x, UnaryOperator<Variable> method, double[] y) {}

  private static Expected at(double x, UnaryOperator<Variable> method, double y) {
    return new Expected(new double[] {x}, method, new double[] {y});
  }

  private static Expected row(UnaryOperator<Variable> method, double... y) {
    return new Expected(new double[] {1, 2, 3}, method, y);
  }

  private static Variable eight(Variable x) {
    return x.tape().scalar(8);
  }

  /** The row whose softmax is 1/4, 1/4, 1/2. */
  private static Variable quarters(Variable x) {
    return x.tape().constant(Shape.of(1, 3), 0, 0, Math.log(2));
  }

  private static Variable matrix(Variable x) {
    return x.tape().constant(Shape.of(3, 2), 1, 10, 2, 20, 3, 30);
  }

  private static Tensor firstOnly(Variable x) {
    return x.tape().workspace().of(Shape.of(1, 3), 1, 0, 0);
  }

  private static final Map<String, Expected> CASES =
      Map.ofEntries(
          entry("add(Variable)", at(2, x -> x.add(eight(x)), 10)),
          entry("add(double)", at(2, x -> x.add(8), 10)),
          entry("sub(Variable)", at(2, x -> x.sub(eight(x)), -6)),
          entry("sub(double)", at(2, x -> x.sub(8), -6)),
          entry("mul(Variable)", at(2, x -> x.mul(eight(x)), 16)),
          entry("mul(double)", at(2, x -> x.mul(8), 16)),
          entry("div(Variable)", at(2, x -> x.div(eight(x)), 0.25)),
          entry("div(double)", at(2, x -> x.div(8), 0.25)),
          entry("max(Variable)", at(2, x -> x.max(eight(x)), 8)),
          entry("max(double)", row(x -> x.max(2), 2, 2, 3)),
          entry("min(Variable)", at(2, x -> x.min(eight(x)), 2)),
          entry("min(double)", row(x -> x.min(2), 1, 2, 2)),
          entry("clamp(double,double)", row(x -> x.clamp(1.5, 2.5), 1.5, 2, 2.5)),
          entry("neg()", at(2, Variable::neg, -2)),
          entry("exp()", at(1, Variable::exp, Math.E)),
          entry("expm1()", at(1, Variable::expm1, Math.E - 1)),
          entry("expRemainder()", at(1, Variable::expRemainder, Math.E - 2)),
          entry("log()", at(Math.E, Variable::log, 1)),
          entry("log1p()", at(Math.E - 1, Variable::log1p, 1)),
          entry("log1mExp()", at(-Math.log(4), Variable::log1mExp, Math.log(0.75))),
          entry("square()", at(-3, Variable::square, 9)),
          entry("sqrt()", at(9, Variable::sqrt, 3)),
          entry("reciprocal()", at(-4, Variable::reciprocal, -0.25)),
          entry("abs()", at(-4, Variable::abs, 4)),
          entry("relu()", new Expected(of(-4, 4), Variable::relu, of(0, 4))),
          entry("tanh()", at(Math.log(3), Variable::tanh, 0.8)),
          entry("sigmoid()", at(Math.log(3), Variable::sigmoid, 0.75)),
          entry("logSigmoid()", at(Math.log(3), Variable::logSigmoid, Math.log(0.75))),
          entry("softplus()", at(Math.log(3), Variable::softplus, Math.log(4))),
          entry("silu()", at(Math.log(3), Variable::silu, 0.75 * Math.log(3))),
          entry("gelu()", at(1, Variable::gelu, 0.8411919906082768)),
          entry("sum()", row(Variable::sum, 6)),
          entry("sum(int)", row(x -> x.sum(1), 6)),
          entry("mean()", row(Variable::mean, 2)),
          entry("mean(int)", row(x -> x.mean(0), 1, 2, 3)),
          entry("masked(Tensor,double)", row(x -> x.masked(firstOnly(x), 9), 1, 9, 9)),
          entry("reshape(int[])", row(x -> x.reshape(3, 1).sum(1), 1, 2, 3)),
          entry("reshape(Shape)", row(x -> x.reshape(Shape.of(3)).reshape(1, 3).sum(0), 1, 2, 3)),
          entry("slice(int,int,int)", row(x -> x.slice(1, 1, 3), 2, 3)),
          entry(
              "concat(int,List)",
              row(x -> Variable.concat(1, List.of(x, x.neg())), 1, 2, 3, -1, -2, -3)),
          entry("matmul(Variable)", row(x -> x.matmul(matrix(x)), 14, 140)),
          entry("softmax()", row(x -> quarters(x).softmax(), 0.25, 0.25, 0.5)),
          entry(
              "logSoftmax()",
              row(x -> quarters(x).logSoftmax(), -Math.log(4), -Math.log(4), -Math.log(2))),
          entry("logSumExp()", row(x -> quarters(x).logSumExp(), Math.log(4))),
          entry("entropy()", row(x -> quarters(x).entropy(), 1.5 * Math.log(2))),
          entry(
              "tokenLogprobs(int[])",
              row(x -> quarters(x).tokenLogprobs(new int[] {2}), -Math.log(2))),
          entry("detach()", row(Variable::detach, 1, 2, 3)));

  private static double[] of(double... values) {
    return values;
  }

  private static String signature(Method method) {
    return Arrays.stream(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(Collectors.joining(",", method.getName() + "(", ")"));
  }

  @Test
  void everyFluentMethodHasACase() {
    TreeSet<String> methods =
        Arrays.stream(Variable.class.getDeclaredMethods())
            .filter(m -> Modifier.isPublic(m.getModifiers()))
            .filter(m -> m.getReturnType() == Variable.class)
            .map(VariableTest::signature)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(methods, new TreeSet<>(CASES.keySet()));
  }

  @Test
  void everyFluentMethodGivesItsValue() {
    CASES.forEach((name, expected) -> {
      try (Scratch scratch = new Scratch();
          Tape tape = Tape.noGrad(scratch.pool)) {
        Variable x = tape.constant(Shape.of(1, expected.x().length), expected.x());
        double[] y = expected.method().apply(x).value().toDoubles();
        assertArrayEquals(expected.y(), y, 1e-15, name);
      }
    });
  }

  @Test
  void reductionsKeepTheirAxisAndRowFunctionsDropIt() {
    try (Scratch scratch = new Scratch();
        Tape tape = Tape.noGrad(scratch.pool)) {
      Variable x = tape.constant(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
      assertEquals(Shape.of(1, 3), x.sum(0).shape());
      assertEquals(Shape.of(2, 1), x.mean(-1).shape());
      assertArrayEquals(of(5, 7, 9), x.sum(0).value().toDoubles());
      assertArrayEquals(of(2, 5), x.mean(-1).value().toDoubles());
      assertEquals(Shape.scalar(), x.sum().shape());
      assertEquals(3.5, x.mean().item());
      assertEquals(Shape.of(2), x.logSumExp().shape());
      assertEquals(Shape.of(2), x.entropy().shape());
      assertEquals(Shape.of(2), x.tokenLogprobs(new int[] {0, 1}).shape());
    }
  }

  @Test
  void broadcastsAxesOfOneAndScalars() {
    try (Scratch scratch = new Scratch();
        Tape tape = Tape.noGrad(scratch.pool)) {
      Variable column = tape.constant(Shape.of(2, 1), 10, 20);
      Variable row = tape.constant(Shape.of(1, 3), 1, 2, 3);
      assertArrayEquals(of(11, 12, 13, 21, 22, 23), column.add(row).value().toDoubles());
      assertArrayEquals(of(-9, -8, -7), row.sub(tape.scalar(10)).value().toDoubles());
      assertArrayEquals(of(INFINITY), tape.scalar(1).div(tape.scalar(0)).value().toDoubles());
    }
  }

  @Test
  void printsItsOpAndShape() {
    try (Scratch scratch = new Scratch();
        Tape tape = Tape.noGrad(scratch.pool)) {
      assertEquals("EXP[2]", tape.constant(Shape.of(2), 1, 2).exp().toString());
    }
  }
}
