/**
 * The stages of a run, each one file that reads from top to bottom, and {@link
 * org.rlhf4j.rlhf.recipe.Demo}, which walks through them.
 */
package org.rlhf4j.rlhf.recipe;
