package org.rlhf4j.rlhf.data;

/** A request and a good answer to it. */
public record Example(String prompt, String completion) {}
