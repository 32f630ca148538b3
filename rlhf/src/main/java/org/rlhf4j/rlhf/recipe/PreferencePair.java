package org.rlhf4j.rlhf.recipe;

import org.rlhf4j.rlhf.data.Dialogue;

/** Two answers to one prompt and which of them a labeller preferred. */
record PreferencePair(Dialogue chosen, Dialogue rejected) {}
