package org.rlhf4j.rlhf.tabular;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.tensor.Shape;

/**
 * A softmax policy with its own logits for every prefix, over a vocabulary so small that every
 * completion can be listed. Token 0 ends an answer; otherwise it ends at the horizon. Expectations
 * over completions, or over whole groups of them, are then exact sums.
 *
 * @param vocabulary number of tokens, EOS included
 * @param horizon largest number of tokens
 * @param completions all answers, each a list of tokens
 * @param states the prefix in which each token of each answer is chosen, [completions][time]
 */
record TabularPolicy(int vocabulary, int horizon, List<int[]> completions, List<int[]> states) {

  static TabularPolicy of(int vocabulary, int horizon) {
    List<int[]> completions = new ArrayList<>();
    List<int[]> states = new ArrayList<>();
    extend(vocabulary, horizon, new int[0], new int[0], new int[] {0}, completions, states);
    return new TabularPolicy(vocabulary, horizon, completions, states);
  }

  private static void extend(
      int vocabulary,
      int horizon,
      int[] prefix,
      int[] path,
      int[] nextState,
      List<int[]> completions,
      List<int[]> states) {
    int state = nextState[0]++;
    for (int token = 0; token < vocabulary; token++) {
      int[] answer = appended(prefix, token);
      int[] visited = appended(path, state);
      if (token == 0 || answer.length == horizon) {
        completions.add(answer);
        states.add(visited);
      } else {
        extend(vocabulary, horizon, answer, visited, nextState, completions, states);
      }
    }
  }

  private static int[] appended(int[] head, int last) {
    int[] longer = Arrays.copyOf(head, head.length + 1);
    longer[head.length] = last;
    return longer;
  }

  int size() {
    return completions.size();
  }

  int stateCount() {
    return 1 + states.stream().flatMapToInt(Arrays::stream).max().orElseThrow();
  }

  /** {@return random logits, one row a state} */
  double[][] randomLogits(Random random) {
    double[][] logits = new double[stateCount()][];
    for (int s = 0; s < logits.length; s++) {
      logits[s] = random.doubles(vocabulary, -1.5, 1.5).toArray();
    }
    return logits;
  }

  boolean[] mask(int completion) {
    boolean[] mask = new boolean[horizon];
    Arrays.fill(mask, 0, completions.get(completion).length, true);
    return mask;
  }

  boolean[][] masks(int... chosen) {
    return Arrays.stream(chosen).mapToObj(this::mask).toArray(boolean[][]::new);
  }

  /** {@return log-probabilities of the tokens of one completion, NaN past its end, [time]} */
  double[] tokenLogprobs(double[][] logits, int completion) {
    double[] logprobs = new double[horizon];
    Arrays.fill(logprobs, Double.NaN);
    int[] tokens = completions.get(completion);
    for (int t = 0; t < tokens.length; t++) {
      logprobs[t] = LogSpace.logSoftmax(logits[states.get(completion)[t]])[tokens[t]];
    }
    return logprobs;
  }

  double[][] tokenLogprobs(double[][] logits, int... chosen) {
    return Arrays.stream(chosen)
        .mapToObj(completion -> tokenLogprobs(logits, completion))
        .toArray(double[][]::new);
  }

  /** {@return log-probability of every completion} */
  double[] logprobs(double[][] logits) {
    double[] logprobs = new double[size()];
    for (int y = 0; y < size(); y++) {
      double[] tokens = tokenLogprobs(logits, y);
      for (int t = 0; t < completions.get(y).length; t++) {
        logprobs[y] += tokens[t];
      }
    }
    return logprobs;
  }

  double[] probabilities(double[][] logits) {
    return Arrays.stream(logprobs(logits)).map(Math::exp).toArray();
  }

  /**
   * {@return log-probabilities of the tokens of the chosen completions, 0 past their ends, [chosen,
   * time], differentiable by the logits}
   *
   * @param logits [states, vocabulary]
   */
  Variable tokenLogprobs(Variable logits, int... chosen) {
    int cells = stateCount() * vocabulary;
    double[] picks = new double[chosen.length * horizon * cells];
    for (int i = 0; i < chosen.length; i++) {
      int[] tokens = completions.get(chosen[i]);
      for (int t = 0; t < tokens.length; t++) {
        int cell = states.get(chosen[i])[t] * vocabulary + tokens[t];
        picks[(i * horizon + t) * cells + cell] = 1;
      }
    }
    Variable pick = logits.tape().constant(Shape.of(chosen.length * horizon, cells), picks);
    return pick.matmul(logits.logSoftmax().reshape(cells, 1)).reshape(chosen.length, horizon);
  }

  /** {@return log-probability of every completion, [completions], differentiable by the logits} */
  Variable logprobs(Variable logits) {
    int[] all = new int[size()];
    Arrays.setAll(all, y -> y);
    return tokenLogprobs(logits, all).sum(1).reshape(size());
  }

  /** {@return every tuple of completions of the given length} */
  List<int[]> tuples(int length) {
    List<int[]> tuples = new ArrayList<>();
    tuples.add(new int[0]);
    for (int i = 0; i < length; i++) {
      List<int[]> longer = new ArrayList<>();
      for (int[] tuple : tuples) {
        for (int y = 0; y < size(); y++) {
          longer.add(appended(tuple, y));
        }
      }
      tuples = longer;
    }
    return tuples;
  }
}
