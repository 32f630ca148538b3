/**
 * The kernel families. A default method is the reference: the readable definition in double
 * precision and the oracle for every faster version. Rules that hold throughout:
 *
 * <ul>
 *   <li>shapes were checked by the caller, the op in {@code org.rlhf4j.autograd.op};
 *   <li>a forward kernel overwrites its output; a backward kernel, and every kernel whose name
 *       starts with {@code add}, adds into it;
 *   <li>an element is computed by one thread in one order, so results do not depend on the number
 *       of threads.
 * </ul>
 */
package org.rlhf4j.tensor.kernel;
