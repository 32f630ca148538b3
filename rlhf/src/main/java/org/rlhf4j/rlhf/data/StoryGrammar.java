package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.RandomKey;

/**
 * Writes tiny stories from a few hundred words. A story has a hero, a place, one of ten {@link Plot
 * plots}, a length of three to six sentences and a mood: every turn and ending is happy or sad, and
 * a mixed story draws each. So there is something to prefer, and a model that has read the stories
 * can write either.
 */
public final class StoryGrammar {
  private static final List<String> ANIMALS =
      List.of(
          "fox", "bird", "dog", "cat", "bear", "mouse", "rabbit", "frog", "duck", "owl", "hen",
          "pig", "wolf", "deer", "goat", "turtle", "lamb", "snail", "otter", "donkey");
  private static final List<String> NAMES =
      List.of(
          "Tim", "Lily", "Max", "Anna", "Ben", "Mia", "Sam", "Zoe", "Tom", "Lucy", "Jack", "Sue");
  private static final List<String> LOOKS =
      List.of(
          "little", "big", "young", "old", "brown", "white", "quick", "quiet", "brave", "shy",
          "clever", "funny", "sleepy", "hungry", "lazy", "tiny");
  private static final List<String> PLACES =
      List.of(
          "forest", "river", "park", "garden", "hill", "farm", "lake", "village", "beach", "meadow",
          "island", "castle", "market", "bridge");
  private static final List<String> THINGS =
      List.of(
          "ball", "kite", "hat", "boat", "drum", "book", "stone", "cake", "flower", "shell", "lamp",
          "ring", "spoon", "basket", "feather", "bell");
  private static final List<String> TIMES =
      List.of(
          "One day",
          "One morning",
          "Once upon a time",
          "Last summer",
          "After lunch",
          "In spring",
          "On Sunday",
          "Long ago");

  private StoryGrammar() {}

  /** How a story feels. */
  public enum Mood {
    HAPPY,
    SAD,
    MIXED
  }

  /** {@return example number {@code index}: a request for a story about an animal, and a story} */
  public static Example example(RandomKey key, long index) {
    RandomGenerator random = key.child(index).generator();
    Mood mood = pick(List.of(Mood.values()), random);
    String animal = pick(ANIMALS, random);
    String name = pick(NAMES, random);
    String friend = pick(NAMES.stream().filter(other -> !other.equals(name)).toList(), random);
    String place = pick(PLACES, random);
    List<String> sentences = new ArrayList<>();
    sentences.add(
        "%s %s %s named %s went to the %s."
            .formatted(pick(TIMES, random), withArticle(pick(LOOKS, random)), animal, name, place));
    Plot plot = pick(Plot.ALL, random);
    sentences.add(plot.opening());
    int first = random.nextInt(plot.turns().size());
    int last = first + random.nextInt(plot.turns().size() - first);
    for (Plot.Turn turn : plot.turns().subList(first, last + 1)) {
      sentences.add(told(turn, mood, random));
    }
    sentences.add(told(plot.ending(), mood, random));
    String story =
        String.join(" ", sentences)
            .replace("@", name)
            .replace("&", animal)
            .replace("$", friend)
            .replace("#", pick(THINGS, random))
            .replace("%", place);
    return new Example("Tell me a story about " + withArticle(animal) + ".", story);
  }

  /** {@return the first examples of a key} */
  public static List<Example> examples(RandomKey key, int count) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      examples.add(example(key, i));
    }
    return examples;
  }

  private static String told(Plot.Turn turn, Mood mood, RandomGenerator random) {
    boolean happy = mood == Mood.HAPPY || (mood == Mood.MIXED && random.nextBoolean());
    return happy ? turn.happy() : turn.sad();
  }

  private static String withArticle(String word) {
    return ("aeiou".indexOf(word.charAt(0)) < 0 ? "a " : "an ") + word;
  }

  private static <T> T pick(List<T> choices, RandomGenerator random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
