package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;

/** Rows of a table, picked by id. */
public final class Embedding {
  private Embedding() {}

  /**
   * y[i] = table[ids[i]]; dtable[ids[i]] += dy[i].
   *
   * @param table shape {@code [entries, width]}
   * @return shape {@code [ids, width]}
   * @throws IllegalArgumentException if an id is not in the table
   */
  public static Variable of(Variable table, int[] ids) {
    Check.rank("table", table.shape(), 2);
    Check.ids("ids", ids, table.shape().dim(0), false);
    Tape tape = table.tape();
    EmbeddingKernels kernels = tape.backend().embeddings();
    Tensor y = tape.workspace().empty(Shape.of(ids.length, table.shape().dim(1)));
    kernels.gather(table.value(), ids, y);
    return tape.record(
        "embedding",
        y,
        dy -> table.accumulate(dtable -> kernels.addScatter(dy, ids, dtable)),
        table);
  }
}
