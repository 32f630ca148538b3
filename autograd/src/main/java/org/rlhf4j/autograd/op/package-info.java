/** One file an op: its formula, its forward and, under it, its backward. */
package org.rlhf4j.autograd.op;
