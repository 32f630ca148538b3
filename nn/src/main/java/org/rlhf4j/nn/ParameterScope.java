package org.rlhf4j.nn;

import java.util.random.RandomGenerator;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;

/**
 * A place in a model's tree: makes parameters whose names and random values follow from the path,
 * so that adding a layer changes no other layer's start.
 *
 * @param workspace owner of the parameters
 * @param key random place
 * @param path prefix of names, empty at the root
 * @param adaptation of an existing model, whose parameters are then taken instead of made
 */
public record ParameterScope(
    Workspace workspace, RandomKey key, String path, Adaptation adaptation) {
  /** {@return the root of a new model} */
  public static ParameterScope root(Workspace workspace, RandomKey key) {
    return new ParameterScope(workspace, key, "", Adaptation.NONE);
  }

  public ParameterScope child(String name) {
    return new ParameterScope(workspace, key.child(name), join(name), adaptation);
  }

  public ParameterScope child(int index) {
    return child(Integer.toString(index));
  }

  /** {@return a parameter of one value} */
  public Parameter full(String name, Shape shape, double value) {
    return adaptation
        .frozen(join(name))
        .orElseGet(() -> Parameter.of(join(name), workspace.full(shape, value), workspace));
  }

  /** {@return a parameter drawn from N(0, deviation^2)} */
  public Parameter normal(String name, Shape shape, double deviation) {
    return adaptation
        .frozen(join(name))
        .orElseGet(() -> {
          RandomGenerator generator = key.child(name).generator();
          double[] values = new double[shape.size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = deviation * generator.nextGaussian();
          }
          return Parameter.of(join(name), workspace.of(shape, values), workspace);
        });
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
