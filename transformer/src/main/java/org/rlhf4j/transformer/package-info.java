/**
 * A small decoder transformer. Reading order: {@link org.rlhf4j.transformer.DecoderConfig}, {@link
 * org.rlhf4j.transformer.Decoder}, {@link org.rlhf4j.transformer.Block}, {@link
 * org.rlhf4j.transformer.Attention}, {@link org.rlhf4j.transformer.KvCache}, {@link
 * org.rlhf4j.transformer.Sampling}, {@link org.rlhf4j.transformer.Generator}.
 */
package org.rlhf4j.transformer;
