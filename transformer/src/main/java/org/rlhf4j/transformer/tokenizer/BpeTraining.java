package org.rlhf4j.transformer.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe.Piece;

/**
 * Learns a vocabulary from text by byte-pair encoding (arXiv 1508.07909): the most frequent pair of
 * adjacent pieces becomes a piece, again and again. Pieces do not cross words; a word takes the
 * space before it along.
 */
public final class BpeTraining {
  private static final Pattern WORD = Pattern.compile(" ?[^\\s]+|\\s");

  private final List<Piece> pieces = new ArrayList<>();
  private final Map<String, Integer> idOfText = new HashMap<>();
  private final int vocabularySize;
  private List<Word> words = List.of();

  private record Word(int[] symbols, long count) {}

  private record Pair(int left, int right) {}

  private BpeTraining(int vocabularySize) {
    this.vocabularySize = vocabularySize;
  }

  /**
   * {@return a tokenizer learned from a text; equal for equal texts}
   *
   * @param vocabularySize most pieces; fewer if no pair of the text occurs twice
   * @param specials special tokens, each of the form {@code <|name|>}
   * @throws IllegalArgumentException if the fixed pieces alone exceed the size
   */
  public static SentencePieceBpe train(String text, int vocabularySize, List<String> specials) {
    int fixed = SentencePieceBpe.FIRST_PIECE + specials.size();
    if (vocabularySize < fixed) {
      throw new IllegalArgumentException(
          "vocabularySize %d is too small; bytes and special tokens alone are %d"
              .formatted(vocabularySize, fixed));
    }
    BpeTraining training = new BpeTraining(vocabularySize);
    training.addFixed(specials);
    training.addCharacters(text);
    training.countWords(text);
    while (training.pieces.size() < vocabularySize && training.joinMostFrequentPair()) {}
    return new SentencePieceBpe(training.pieces);
  }

  private void addFixed(List<String> specials) {
    List.of("<unk>", "<s>", "</s>").forEach(this::add);
    for (int value = 0; value < 256; value++) {
      add(SentencePieceBpe.byteText(value));
    }
    specials.forEach(this::add);
    idOfText.clear(); // none of these is ever joined from text
  }

  /** An earlier piece has the better score, so that encoding repeats the joins of the training. */
  private int add(String text) {
    int id = pieces.size();
    pieces.add(new Piece(-id, text));
    idOfText.put(text, id);
    return id;
  }

  /** The most frequent characters; the rest falls back to bytes. */
  private void addCharacters(String text) {
    Map<Integer, Long> counts = new HashMap<>();
    (" " + text).codePoints().forEach(character -> counts.merge(character, 1L, Long::sum));
    counts.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<Integer, Long> e) -> -e.getValue())
                .thenComparingInt(Map.Entry::getKey))
        .limit(vocabularySize - pieces.size())
        .forEach(e -> add(Character.toString(e.getKey())));
  }

  private void countWords(String text) {
    Map<String, Long> counts = new LinkedHashMap<>();
    WORD.matcher(" " + text)
        .results()
        .map(MatchResult::group)
        .forEach(word -> counts.merge(word, 1L, Long::sum));
    words =
        counts.entrySet().stream().map(e -> new Word(symbols(e.getKey()), e.getValue())).toList();
  }

  private int[] symbols(String word) {
    return word.codePoints()
        .map(character -> idOfText.getOrDefault(Character.toString(character), -1))
        .toArray();
  }

  private boolean joinMostFrequentPair() {
    Map<Pair, Long> counts = new HashMap<>();
    for (Word word : words) {
      int[] symbols = word.symbols();
      for (int i = 0; i + 1 < symbols.length; i++) {
        if (symbols[i] >= 0 && symbols[i + 1] >= 0) {
          counts.merge(new Pair(symbols[i], symbols[i + 1]), word.count(), Long::sum);
        }
      }
    }
    List<Map.Entry<Pair, Long>> best =
        counts.entrySet().stream()
            .filter(e -> e.getValue() >= 2)
            .min(
                Comparator.comparingLong((Map.Entry<Pair, Long> e) -> -e.getValue())
                    .thenComparingInt(e -> e.getKey().left())
                    .thenComparingInt(e -> e.getKey().right()))
            .stream()
            .toList();
    best.forEach(e -> join(e.getKey()));
    return !best.isEmpty();
  }

  private void join(Pair pair) {
    String text = pieces.get(pair.left()).text() + pieces.get(pair.right()).text();
    Integer known = idOfText.get(text);
    int joined = known == null ? add(text) : known;
    words = words.stream().map(word -> join(word, pair, joined)).toList();
  }

  private static Word join(Word word, Pair pair, int joined) {
    int[] symbols = word.symbols();
    int[] shorter = new int[symbols.length];
    int length = 0;
    for (int i = 0; i < symbols.length; i++) {
      boolean here =
          symbols[i] == pair.left() && i + 1 < symbols.length && symbols[i + 1] == pair.right();
      shorter[length++] = here ? joined : symbols[i];
      i += here ? 1 : 0;
    }
    return new Word(Arrays.copyOf(shorter, length), word.count());
  }
}
