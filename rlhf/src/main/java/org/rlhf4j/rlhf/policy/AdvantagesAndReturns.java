package org.rlhf4j.rlhf.policy;

/**
 * What an actor-critic update needs from a rollout.
 *
 * @param advantages A_t, [time]; 0 where masked
 * @param returns regression target of the value function, A_t + V_t before any whitening, [time]; 0
 *     where masked
 */
public record AdvantagesAndReturns(double[] advantages, double[] returns) {}
