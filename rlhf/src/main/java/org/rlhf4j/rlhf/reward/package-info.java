/** Reward models, their losses, and what is done to a score before it trains a policy. */
package org.rlhf4j.rlhf.reward;
