/** Direct alignment: losses that train a policy on preferences without a reward model. */
package org.rlhf4j.rlhf.direct;
