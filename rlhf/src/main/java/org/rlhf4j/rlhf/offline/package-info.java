/** Learning from given pairs of answers, without sampling and without a reward model. */
package org.rlhf4j.rlhf.offline;
