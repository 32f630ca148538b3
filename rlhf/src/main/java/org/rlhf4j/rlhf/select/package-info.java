/** Choosing among sampled answers: rejection sampling and best-of-n. */
@NullMarked
package org.rlhf4j.rlhf.select;

import org.jspecify.annotations.NullMarked;
