/**
 * Programs that a model calls while it writes. What they say becomes part of the text, but is not
 * the model's to answer for.
 */
package org.rlhf4j.rlhf.tool;
