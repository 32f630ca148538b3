package org.rlhf4j.rlhf.data;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gold reward of the demo: how happy a text is. It is a program, so it is the truth that a
 * learned reward model only approximates.
 *
 * <pre>
 * score = (different happy words - different sad words) / 2 - 1[not finished]
 * </pre>
 *
 * Words count once, so repeating one does not pay. The words cover the story grammar and the usual
 * vocabulary of children's stories and plays, so that a score exists for any English text.
 */
public final class MoodReward {
  private static final Pattern WORD = Pattern.compile("[a-z]+");
  private static final Set<String> HAPPY =
      Set.of(
          "happy",
          "joy",
          "love",
          "loved",
          "wonderful",
          "smile",
          "smiled",
          "sing",
          "sang",
          "warm",
          "kind",
          "shared",
          "sweet",
          "laughed",
          "laugh",
          "danced",
          "dance",
          "fun",
          "won",
          "lovely",
          "prize",
          "cheered",
          "good",
          "hug",
          "hugged",
          "shiny",
          "friend",
          "friends",
          "played",
          "play",
          "proud",
          "gentle",
          "glad",
          "merry",
          "nice",
          "best",
          "beautiful",
          "excited");
  private static final Set<String> SAD =
      Set.of(
          "sad",
          "tears",
          "pain",
          "terrible",
          "lost",
          "cried",
          "cry",
          "rained",
          "cold",
          "afraid",
          "mean",
          "broke",
          "fell",
          "hurt",
          "gone",
          "alone",
          "bad",
          "mistake",
          "wept",
          "dark",
          "storm",
          "scared",
          "death",
          "dead",
          "die",
          "blood",
          "hate",
          "grief",
          "sorrow",
          "woe",
          "angry",
          "fear",
          "foul",
          "curse",
          "weep",
          "broken",
          "sick",
          "cruel");

  private MoodReward() {}

  /**
   * {@return the reward of a text}
   *
   * @param finished whether the text ended by itself rather than by running out of length
   */
  public static double score(String text, boolean finished) {
    Set<String> words = new HashSet<>();
    Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      words.add(matcher.group());
    }
    long happy = words.stream().filter(HAPPY::contains).count();
    long sad = words.stream().filter(SAD::contains).count();
    return (happy - sad) / 2.0 - (finished ? 0 : 1);
  }
}
