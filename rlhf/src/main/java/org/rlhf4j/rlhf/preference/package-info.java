/** Models of what people prefer: Bradley-Terry and Plackett-Luce. */
package org.rlhf4j.rlhf.preference;
