/**
 * The fast host backend: single precision, the JDK's Vector API, fixed-order parallel loops.
 *
 * <p><b>How a loop over vectors is written.</b> A vector is a value in a register only where C2
 * inlines all that touches it; else it is an object on the heap, and the loop is many times slower.
 * C2 inlines methods of the Vector API always, as they ask for it by annotation, if need be late.
 * Of our own methods it inlines none longer than 325 bytes of bytecode; none that has been compiled
 * by itself where it has seen few calls; and none at all once the method that it compiles has
 * 18,000 nodes, of which a vector operation takes about 400 while it is parsed and an exponential
 * 8,000. How many there are already depends on what it inlined before, and this on what the process
 * ran before. So a loop must not care:
 *
 * <ul>
 *   <li>It has a static method of its own that takes and gives arrays and numbers, never vectors.
 *       Whether C2 inlines that into its caller does not matter.
 *   <li>In it stand methods of the Vector API only, no {@code load(x, i)} that would save a word.
 *   <li>The exception are the functions of {@link VectorMath}, one a method, called first, when
 *       there are few nodes yet, and {@link Lanes#sum}, after the loop, which costs an object at
 *       worst. Such a function calls another one first, too.
 *   <li>What is left after whole vectors and would need such a function again has a method of its
 *       own. A mask in the loop itself costs as much as its arithmetic.
 *   <li>No branch in the loop is taken for some arguments only, such as those that may be null: C2
 *       leaves out what never ran, and throws the compiled loop away when it does.
 *   <li>A loop that an object would slow down says {@code lanewise(FMA, b, c)} rather than {@code
 *       fma(b, c)}: the latter is a method that calls the former, and the profile of that call is
 *       the whole process's, in which vectors of two widths occur ({@link Dots}).
 * </ul>
 *
 * <p>The loops of products are compiled by themselves, since their methods are longer than 325
 * bytes. {@code ObjectsTest} counts what kernels allocate.
 */
package org.rlhf4j.tensor.simd;
