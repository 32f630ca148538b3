/**
 * At least one case for every kernel with what it may differ from the reference, in the sizes and
 * with the values that were needed to notice every change of an instruction. The tests run them on
 * the emulator, {@code rlhf4j bench gpu} on the device that is there.
 */
package org.rlhf4j.cuda.comparison;
