package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.RandomKey;

/**
 * Writes tiny stories from a few hundred words. A story has a hero, a place, a plot, a length of
 * three to six sentences and a mood: every event and ending is happy or sad, and a mixed story
 * draws both. So there is something to prefer, and a model that has read the stories can write
 * either.
 */
public final class StoryGrammar {
  private static final List<String> ANIMALS =
      List.of(
          "fox", "bird", "dog", "cat", "bear", "mouse", "rabbit", "frog", "duck", "owl", "hen",
          "pig", "wolf", "deer", "goat", "turtle");
  private static final List<String> NAMES =
      List.of(
          "Tim", "Lily", "Max", "Anna", "Ben", "Mia", "Sam", "Zoe", "Tom", "Lucy", "Jack", "Sue");
  private static final List<String> LOOKS =
      List.of("little", "big", "young", "old", "brown", "white", "quick", "quiet", "brave", "shy");
  private static final List<String> PLACES =
      List.of(
          "forest", "river", "park", "garden", "hill", "farm", "lake", "village", "beach",
          "meadow");
  private static final List<String> THINGS =
      List.of("ball", "kite", "hat", "boat", "drum", "book", "stone", "cake", "flower", "shell");
  private static final List<String> TIMES =
      List.of("One day", "One morning", "Once upon a time", "Last summer", "After lunch");

  private static final List<String> HAPPY_EVENTS =
      List.of(
          "@ found a shiny # and smiled.",
          "The sun was warm and @ began to sing.",
          "A kind friend shared a sweet # with @.",
          "@ laughed and danced by the %.",
          "They played with the # and had so much fun.",
          "@ won a lovely prize and cheered.",
          "A good friend gave @ a big hug.");
  private static final List<String> SAD_EVENTS =
      List.of(
          "@ lost the # and cried.",
          "It rained hard and @ was cold and afraid.",
          "A mean stranger broke the # of @.",
          "@ fell near the % and was hurt.",
          "The # was gone and @ felt alone.",
          "@ made a bad mistake and wept.",
          "A dark storm scared @ away.");
  private static final List<String> PLAIN_EVENTS =
      List.of(
          "@ saw a # near the %.",
          "@ walked past the % and looked around.",
          "Then @ sat down next to the #.",
          "@ asked about the #.");
  private static final List<String> HAPPY_ENDINGS =
      List.of(
          "In the end @ was happy.",
          "@ went home with joy and love.",
          "It was a wonderful day for @.");
  private static final List<String> SAD_ENDINGS =
      List.of(
          "In the end @ was sad.",
          "@ went home in tears and pain.",
          "It was a terrible day for @.");

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
    Mood mood = Mood.values()[random.nextInt(Mood.values().length)];
    String animal = pick(ANIMALS, random);
    String name = pick(NAMES, random);
    String place = pick(PLACES, random);
    List<String> sentences = new ArrayList<>();
    sentences.add(
        "%s a %s %s named %s went to the %s."
            .formatted(pick(TIMES, random), pick(LOOKS, random), animal, name, place));
    int events = 1 + random.nextInt(4);
    for (int i = 0; i < events; i++) {
      sentences.add(pick(events(mood, random), random));
    }
    sentences.add(pick(happy(mood, random) ? HAPPY_ENDINGS : SAD_ENDINGS, random));
    String story =
        String.join(" ", sentences)
            .replace("@", name)
            .replace("#", pick(THINGS, random))
            .replace("%", place);
    return new Example("Tell me a story about a " + animal + ".", story);
  }

  /** {@return the first examples of a key} */
  public static List<Example> examples(RandomKey key, int count) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      examples.add(example(key, i));
    }
    return examples;
  }

  private static List<String> events(Mood mood, RandomGenerator random) {
    if (random.nextInt(4) == 0) {
      return PLAIN_EVENTS;
    }
    return happy(mood, random) ? HAPPY_EVENTS : SAD_EVENTS;
  }

  private static boolean happy(Mood mood, RandomGenerator random) {
    return mood == Mood.HAPPY || (mood == Mood.MIXED && random.nextBoolean());
  }

  private static String pick(List<String> choices, RandomGenerator random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
