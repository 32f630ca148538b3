/** The command line. */
package org.rlhf4j.rlhf.cli;
