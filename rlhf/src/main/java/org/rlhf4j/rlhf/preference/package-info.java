/** Models of what people prefer: Bradley-Terry and Plackett-Luce. */
@NullMarked
package org.rlhf4j.rlhf.preference;

import org.jspecify.annotations.NullMarked;
