package org.rlhf4j.nn;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Tensor;

/**
 * What a model is built on: nothing, or the frozen parameters of another one with adapters beside
 * them.
 *
 * @param frozen by name
 * @param lora what adapters there are; none or one
 */
public record Adaptation(Map<String, Parameter> frozen, List<Lora> lora) {
  /** A model of its own. */
  public static final Adaptation NONE = new Adaptation(Map.of(), List.of());

  /** {@return adapters on these parameters, which are shared and stay as they are} */
  public static Adaptation of(List<Parameter> parameters, Lora lora) {
    return new Adaptation(
        parameters.stream().collect(Collectors.toMap(Parameter::name, Parameter::freeze)),
        List.of(lora));
  }

  /** {@return the parameter that exists already, if there is one of this name} */
  Optional<Parameter> frozen(String name) {
    return Optional.ofNullable(frozen.get(name));
  }

  /** {@return the adapter of the linear map at this scope, if it is to have one} */
  List<LowRankAdapter> adapters(ParameterScope linear, int in, int out) {
    return lora.stream()
        .filter(adapted -> adapted.isTarget(linear.path()))
        .map(adapted -> LowRankAdapter.of(linear, in, out, adapted))
        .toList();
  }

  /**
   * Sets the parameters of a plain model to those of the adapted one, adapters added in.
   *
   * @param adapters the adapted model's own parameters
   * @param weights of a model with the frozen parameters' names, overwritten
   * @param pool where products live meanwhile
   */
  public void merge(List<Parameter> adapters, List<Parameter> weights, Pool pool) {
    Map<String, Parameter> byName =
        adapters.stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
    for (Parameter weight : weights) {
      Tensor before = frozen(weight.name()).orElseThrow().value();
      pool.backend().elements().copy(before, weight.value());
      String linear = weight.name().replaceFirst("weight$", "");
      Optional<Parameter> down = Optional.ofNullable(byName.get(linear + LowRankAdapter.DOWN));
      Optional<Parameter> up = Optional.ofNullable(byName.get(linear + LowRankAdapter.UP));
      if (down.isPresent() && up.isPresent()) {
        double scale = lora.getFirst().scale();
        new LowRankAdapter(down.get(), up.get(), scale).mergeInto(weight.value(), pool);
      }
    }
  }
}
