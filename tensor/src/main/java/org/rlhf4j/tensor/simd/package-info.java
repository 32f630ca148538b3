/** The fast host backend: single precision, the JDK's Vector API, fixed-order parallel loops. */
package org.rlhf4j.tensor.simd;
