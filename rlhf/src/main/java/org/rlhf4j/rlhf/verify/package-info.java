/** Rewards that are checked rather than learned. */
@NullMarked
package org.rlhf4j.rlhf.verify;

import org.jspecify.annotations.NullMarked;
