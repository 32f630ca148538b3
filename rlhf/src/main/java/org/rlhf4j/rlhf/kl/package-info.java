/** The distance to the reference policy: estimators, penalties, controllers, the optimal policy. */
@NullMarked
package org.rlhf4j.rlhf.kl;

import org.jspecify.annotations.NullMarked;
