package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.rlhf.data.Turn.Role;

/**
 * Several turns: perhaps a system turn, then user and assistant by turns; the assistant has the
 * last word.
 */
public record Conversation(List<Turn> turns) {
  public Conversation {
    turns = List.copyOf(turns);
    int first = !turns.isEmpty() && turns.getFirst().role() == Role.SYSTEM ? 1 : 0;
    boolean alternates = turns.size() > first && (turns.size() - first) % 2 == 0;
    for (int i = first; i < turns.size(); i++) {
      Role expected = (i - first) % 2 == 0 ? Role.USER : Role.ASSISTANT;
      alternates &= turns.get(i).role() == expected;
    }
    if (!alternates) {
      throw new IllegalArgumentException(
          "turns must be user, assistant, user, assistant, .. after at most one of the system, got "
              + turns.stream().map(Turn::role).toList());
    }
  }

  public static Conversation of(Turn... turns) {
    return new Conversation(List.of(turns));
  }

  /** {@return the turns before the last answer} */
  public List<Turn> history() {
    return turns.subList(0, turns.size() - 1);
  }

  /** {@return the last answer} */
  public String answer() {
    return turns.getLast().text();
  }

  /**
   * {@return one conversation for each of the assistant's turns, which is its last; to be learned
   * one answer at a time, each after the whole history}
   */
  public List<Conversation> unrolled() {
    List<Conversation> unrolled = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      if (turns.get(i).role() == Role.ASSISTANT) {
        unrolled.add(new Conversation(turns.subList(0, i + 1)));
      }
    }
    return unrolled;
  }
}
