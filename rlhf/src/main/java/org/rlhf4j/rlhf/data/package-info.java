/** Texts to learn from: the story grammar, its gold reward, the chat template, padded batches. */
package org.rlhf4j.rlhf.data;
