package org.rlhf4j.rlhf.data;

import java.util.Arrays;
import java.util.List;

/**
 * The plots of the story grammar. A plot is a block of lines: what happens first, then turns in
 * their order, each happy or sad, and an ending. In a sentence {@code @} is the hero's name, {@code
 * &} its kind, {@code $} a friend's name, {@code #} a thing and {@code %} the place.
 */
record Plot(String opening, List<Turn> turns, Turn ending) {
  /** Two ways that a story can go on. */
  record Turn(String happy, String sad) {
    private static Turn parse(String line) {
      String[] ways = line.split(" \\| ");
      return new Turn(ways[0], ways[1]);
    }
  }

  private static final String TEXT =
      """
      There @ looked for a # that was missing.
      A kind old woman helped @ to look under every bush. | The wind blew dust and @ got lost.
      Behind a tree the & found the shiny # and smiled. | The # was gone and the & cried.
      Everyone cheered and @ was so glad. | Nobody came and @ felt alone.
      @ carried the # home with joy. | @ walked home in tears.

      There @ joined a race around the %.
      The & ran as fast as the wind and felt proud. | The & fell over a root and was hurt.
      $ waved and cheered from the fence. | A mean boy laughed at @ and called bad names.
      At the finish @ won a lovely prize. | At the finish @ was last and wept.
      That night @ dreamed of the wonderful race. | That night @ went to bed sad and sick.

      Soon black clouds came over the %.
      @ and a good friend hid under a warm blanket. | Cold rain fell and the & was afraid.
      They sang merry songs until the sun came out. | Thunder scared @ and broke the old roof.
      A beautiful rainbow made the & laugh. | The storm took the # and the & was angry.
      It was the best day of all. | It was a terrible day for @.

      There @ wanted to share a basket of food with $.
      They ate sweet pies and laughed until noon. | Ants got into the pies and the & was sad.
      The & played music and $ danced on the grass. | A cruel crow took the bread and hurt the &.
      $ gave @ a big hug and a #. | $ was angry and left @ alone.
      They stayed best friends and were happy. | They were friends no more and @ cried.

      There @ met a stranger who had a #.
      The stranger was gentle and told a nice joke. | The stranger was cruel and told a bad lie.
      They played with the # and had so much fun. | The stranger broke the # and ran away.
      The & shared some sweet milk with the new friend. | The & sat in the dark and wept.
      From then on @ loved to visit the %. | From then on @ feared the %.

      $ and @ built a little house near the %.
      The & painted the door and felt proud. | The & hit a thumb and felt pain.
      A merry neighbour brought a # as a gift. | A thief stole the # in the dark.
      They gave a lovely party and danced. | The walls fell down and @ was afraid.
      The house was warm and full of joy. | The house was broken and empty.

      There @ learned to swim with $.
      The water was warm and the & played with a duckling. | The water was cold and the & was scared.
      $ said nice words and @ smiled. | $ swam away and @ was alone.
      The & swam across and everybody sang. | The & swallowed mud and felt sick.
      @ was excited to come back tomorrow. | @ never came back and was sad.

      It was the birthday of @.
      Friends came with a # and a wonderful cake. | Nobody came and the cake was burned.
      The & made a wish and blew out the candles with joy. | The & dropped the # and it broke.
      They sang and danced until the moon rose. | @ made a bad mistake and cried.
      @ said thank you and gave each a hug. | @ hid in the dark with tears.

      There @ heard a small voice in a deep hole.
      Gentle as ever, the & pulled out a baby squirrel. | The & fell in and was hurt.
      The baby kissed @ and sang a merry tune. | It was dark and @ was afraid.
      Its mother was glad and brought a shiny #. | The voice was a cruel trick and the & wept.
      @ was called a hero and smiled. | @ limped home in pain.

      There @ planted seeds beside a wall.
      Sun and rain made the & a beautiful garden. | A foul worm ate the seeds and the & was sad.
      $ brought water and was a good friend. | $ stepped on the leaves and was mean.
      The & grew a giant melon and won a prize. | Everything was dead and the & felt grief.
      They ate the sweet fruit and were happy. | @ lost all and cried.
      """;

  static final List<Plot> ALL =
      Arrays.stream(TEXT.split("\n\n")).map(block -> parse(block.lines().toList())).toList();

  private static Plot parse(List<String> lines) {
    int last = lines.size() - 1;
    return new Plot(
        lines.getFirst(),
        lines.subList(1, last).stream().map(Turn::parse).toList(),
        Turn.parse(lines.get(last)));
  }
}
