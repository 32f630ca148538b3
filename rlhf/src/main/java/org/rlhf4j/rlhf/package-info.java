/** What every chapter of the book shares: the annotation that names an equation, rows, log space. */
@NullMarked
package org.rlhf4j.rlhf;

import org.jspecify.annotations.NullMarked;
