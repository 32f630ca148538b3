/**
 * Reverse-mode automatic differentiation. Reading order: {@link org.rlhf4j.autograd.Tape} records
 * what happened, {@link org.rlhf4j.autograd.Variable} is what mathematics is written in, {@link
 * org.rlhf4j.autograd.GradCheck} proves a gradient against central differences.
 */
package org.rlhf4j.autograd;
