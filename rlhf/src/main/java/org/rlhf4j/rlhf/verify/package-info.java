/**
 * Problems whose answers can be checked, and rewards that are checked rather than learned. Reading
 * order: {@link org.rlhf4j.rlhf.verify.Problem}, {@link org.rlhf4j.rlhf.verify.ProblemSet}, {@link
 * org.rlhf4j.rlhf.verify.VerifiableReward}, then the sources of problems and the rewards in any
 * order.
 */
package org.rlhf4j.rlhf.verify;
