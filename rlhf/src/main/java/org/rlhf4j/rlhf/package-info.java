/**
 * What every chapter of the book shares: the annotation that names an equation, rows, log space.
 */
package org.rlhf4j.rlhf;
