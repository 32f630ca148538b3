/** Reward models, their losses, and what is done to a score before it trains a policy. */
@NullMarked
package org.rlhf4j.rlhf.reward;

import org.jspecify.annotations.NullMarked;
