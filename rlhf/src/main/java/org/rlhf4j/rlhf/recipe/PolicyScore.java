package org.rlhf4j.rlhf.recipe;

import java.util.List;
import org.rlhf4j.rlhf.evaluate.ConfidenceInterval;

/**
 * How one policy did on the held-out prompts.
 *
 * @param name base, sft, ppo or dpo
 * @param gold mean gold reward
 * @param goldGain 95 % interval of the mean gain in gold reward over sft, prompt by prompt
 * @param proxy mean score of the learned reward model
 * @param kl mean of log policy - log sft over the policy's own answers, in nats an answer
 * @param length mean tokens of an answer
 * @param finished fraction of answers that the policy ended itself
 * @param winRate fraction of prompts won against sft by gold reward, ties half
 * @param winRateInterval its 95 % interval
 * @param samples some answers, in the order of the prompts
 */
public record PolicyScore(
    String name,
    double gold,
    ConfidenceInterval goldGain,
    double proxy,
    double kl,
    double length,
    double finished,
    double winRate,
    ConfidenceInterval winRateInterval,
    List<String> samples) {}
