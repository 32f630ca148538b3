/** The loop that all stages share, the models they train, and the journal of what happened. */
package org.rlhf4j.rlhf.train;
