/** Distillation: learning from another model's distribution. */
package org.rlhf4j.rlhf.distill;
