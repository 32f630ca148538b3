/**
 * Policy gradients: advantages, ratios, surrogates, aggregation, and the presets that combine them.
 */
package org.rlhf4j.rlhf.policy;
