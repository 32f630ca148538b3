/**
 * Decoders in files: our own safetensors checkpoints, those of Hugging Face, and llama2.c's. {@link
 * org.rlhf4j.transformer.checkpoint.DecoderFile} tells them apart.
 */
package org.rlhf4j.transformer.checkpoint;
