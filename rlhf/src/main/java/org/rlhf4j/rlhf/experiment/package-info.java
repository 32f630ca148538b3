/** Experiments that a recipe describes: what is trained, how, and what it showed. */
package org.rlhf4j.rlhf.experiment;
