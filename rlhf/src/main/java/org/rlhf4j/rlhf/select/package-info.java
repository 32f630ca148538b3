/**
 * Choosing among sampled answers: rejection sampling, expert iteration and best-of-n. Reading
 * order: {@link org.rlhf4j.rlhf.select.RejectionSampling}, {@link
 * org.rlhf4j.rlhf.select.Selection}, {@link org.rlhf4j.rlhf.select.Candidates}, {@link
 * org.rlhf4j.rlhf.select.ExpertIteration}.
 */
package org.rlhf4j.rlhf.select;
