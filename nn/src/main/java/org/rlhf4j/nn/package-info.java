/** Layers with named parameters, the optimizer and its schedules. */
package org.rlhf4j.nn;
