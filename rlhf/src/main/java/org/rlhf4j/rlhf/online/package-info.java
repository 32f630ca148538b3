/** Learning from one's own answers: sample, reward, estimate advantages, update. */
package org.rlhf4j.rlhf.online;
