package org.rlhf4j.rlhf.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Scripted;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

class RevisionTest {
  private static final Principle KIND =
      new Principle(
          new Form("criticise {answer} to {prompt}"),
          new Form("rewrite {answer} to {prompt}: {critique}"),
          new Form("{prompt} {A} {B}"));

  /** Writes "(request)" and remembers what was asked. */
  private static Writer echo(List<String> asked) {
    return requests -> {
      asked.addAll(requests);
      return requests.stream().map(request -> "(" + request.charAt(0) + ")").toList();
    };
  }

  @Test
  void answersAreCriticisedAndRewritten() {
    List<String> asked = new ArrayList<>();
    List<Revision> revisions =
        Revision.of(List.of("p", "q"), echo(asked), List.of(KIND), 2, new RandomKey(1));
    assertEquals(
        List.of(
            "p",
            "q",
            "criticise (p) to p",
            "criticise (q) to q",
            "rewrite (p) to p: (c)",
            "rewrite (q) to q: (c)",
            "criticise (r) to p",
            "criticise (r) to q",
            "rewrite (r) to p: (c)",
            "rewrite (r) to q: (c)"),
        asked);
    assertEquals(
        new Revision("q", List.of("(q)", "(r)", "(r)"), List.of("(c)", "(c)")), revisions.get(1));
    assertEquals(new Example("p", "(r)"), revisions.getFirst().example());
  }

  @Test
  void withoutRoundsTheFirstAnswerStays() {
    List<Revision> revisions =
        Revision.of(List.of("p"), echo(new ArrayList<>()), List.of(KIND), 0, new RandomKey(1));
    assertEquals(List.of(new Revision("p", List.of("(p)"), List.of())), revisions);
  }

  @Test
  void aPrincipleIsDrawnForEachAnswerAndRound() {
    List<Principle> constitution = List.of(Principle.of("Be kind."), Principle.of("Be short."));
    List<String> asked = new ArrayList<>();
    List<String> prompts = List.of("p1", "p2", "p3", "p4", "p5", "p6");
    Revision.of(prompts, echo(asked), constitution, 1, new RandomKey(1));
    List<String> critiques = asked.subList(6, 12);
    assertTrue(critiques.stream().anyMatch(request -> request.contains("Be kind.")));
    assertTrue(critiques.stream().anyMatch(request -> request.contains("Be short.")));
    List<String> again = new ArrayList<>();
    Revision.of(prompts, echo(again), constitution, 1, new RandomKey(1));
    assertEquals(asked, again);
    assertThrows(
        IllegalArgumentException.class,
        () -> Revision.of(prompts, echo(asked), List.of(), 1, new RandomKey(1)));
  }

  @Test
  void aPrincipleNeedsItsBlanks() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Principle(KIND.critique(), new Form("{answer}"), KIND.comparison()))
            .getMessage();
    assertEquals(
        "the revision of a principle needs the blanks [answer, critique, prompt], got [answer]:"
            + " {answer}",
        message);
  }

  @Test
  void aLocalModelWrites() throws Exception {
    ByteTokenizer tokenizer = new ByteTokenizer();
    ChatTemplate template = new ChatTemplate(tokenizer);
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          int prompt = template.prompt("p").length;
          int[] script = new int[prompt + 4];
          Arrays.fill(script, 'x');
          System.arraycopy(tokenizer.encode(" hi"), 0, script, prompt - 1, 3);
          script[prompt + 2] = tokenizer.end();
          Generator generator =
              new Generator(Scripted.of(tokenizer.vocabularySize(), script, workspace), pool);
          GenerationConfig config = GenerationConfig.of(Sampling.greedy(), 10, tokenizer.end());
          Writer writer = Writer.of(generator, template, config, new RandomKey(1));
          assertEquals(List.of("hi", "hi"), writer.write(List.of("p", "q")));
        });
  }
}
