/** Rewards that are checked rather than learned. */
package org.rlhf4j.rlhf.verify;
