package org.rlhf4j.rlhf.kl;

/** No penalty: no reference policy is needed. The choice of DAPO and of most work on reasoning. */
public record NoKl() implements KlPenalty {}
