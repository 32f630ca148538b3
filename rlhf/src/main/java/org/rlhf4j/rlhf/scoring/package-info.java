/** Training of reward models, whatever their labels are: pairs, rankings, outcomes, steps. */
package org.rlhf4j.rlhf.scoring;
