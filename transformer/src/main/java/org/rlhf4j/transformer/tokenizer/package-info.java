/** Text to tokens and back: bytes, or the pieces of a SentencePiece vocabulary. */
package org.rlhf4j.transformer.tokenizer;
