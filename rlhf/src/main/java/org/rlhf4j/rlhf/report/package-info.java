/** The page that a run ends in. */
package org.rlhf4j.rlhf.report;
