/** Instruction tuning: what a model is taught to say, and where. */
package org.rlhf4j.rlhf.instruct;
