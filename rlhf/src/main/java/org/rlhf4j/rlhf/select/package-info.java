/** Choosing among sampled answers: rejection sampling and best-of-n. */
package org.rlhf4j.rlhf.select;
