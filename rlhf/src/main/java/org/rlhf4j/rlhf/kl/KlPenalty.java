package org.rlhf4j.rlhf.kl;

/** Where the distance to the reference policy is paid. */
public sealed interface KlPenalty permits NoKl, KlInReward, KlInLoss {}
