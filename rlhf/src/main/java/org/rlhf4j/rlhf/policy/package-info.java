/** Policy gradients: advantages, ratios, surrogates, aggregation, and the presets that combine them. */
@NullMarked
package org.rlhf4j.rlhf.policy;

import org.jspecify.annotations.NullMarked;
