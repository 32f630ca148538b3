/**
 * What a tensor is, who owns its memory, and what a machine must be able to do. Reading order:
 * {@link org.rlhf4j.tensor.Shape}, {@link org.rlhf4j.tensor.Tensor}, {@link
 * org.rlhf4j.tensor.Workspace}, {@link org.rlhf4j.tensor.Backend}.
 */
package org.rlhf4j.tensor;
