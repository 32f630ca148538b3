/** Comparing systems: win rates, ratings, pass@k, over-optimisation. */
@NullMarked
package org.rlhf4j.rlhf.evaluate;

import org.jspecify.annotations.NullMarked;
