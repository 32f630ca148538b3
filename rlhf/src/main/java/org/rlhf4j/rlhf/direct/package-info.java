/** Direct alignment: losses that train a policy on preferences without a reward model. */
@NullMarked
package org.rlhf4j.rlhf.direct;

import org.jspecify.annotations.NullMarked;
