/** Comparing systems: win rates, ratings, pass@k, over-optimisation. */
package org.rlhf4j.rlhf.evaluate;
