/** The distance to the reference policy: estimators, penalties, controllers, the optimal policy. */
package org.rlhf4j.rlhf.kl;
