/**
 * Feedback from models instead of people: judges, and the constitution they go by. Reading order:
 * {@link org.rlhf4j.rlhf.feedback.Grader}, {@link org.rlhf4j.rlhf.feedback.Judge}, {@link
 * org.rlhf4j.rlhf.feedback.Question}, {@link org.rlhf4j.rlhf.feedback.Principle}, {@link
 * org.rlhf4j.rlhf.feedback.Revision}, {@link org.rlhf4j.rlhf.feedback.PreferenceLabel}.
 */
package org.rlhf4j.rlhf.feedback;
