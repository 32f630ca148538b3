/**
 * Speed, always as a ratio to a named peer measured in the same run and as a fraction of what the
 * machine can do.
 */
package org.rlhf4j.bench;
