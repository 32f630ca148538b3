/**
 * The loop that all stages share, the models they train, and the journal of what happened. Nothing
 * is trained with dropout, whatever a decoder's rate: a policy that samples without it and learns
 * with it has importance ratios other than 1 before it has learned anything.
 */
package org.rlhf4j.rlhf.train;
