package org.rlhf4j.rlhf.data;

/** Two answers to one prompt and which of them a labeller preferred. */
public record PreferencePair(Dialogue chosen, Dialogue rejected) {}
