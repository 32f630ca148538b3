package org.rlhf4j.rlhf.scoring;

import java.nio.file.Path;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.checkpoint.Checkpoint;

/** A reward model as a file: the checkpoint of its body, and its head beside it. */
public final class RewardModelFile {
  private RewardModelFile() {}

  /** Writes it whole, then moves it into place. */
  public static void write(RewardModel model, Path file) {
    Checkpoint.save(file, model.decoder(), model.head().parameters());
  }

  /**
   * {@return the reward model in a file}
   *
   * @param workspace owner of the parameters
   * @throws IllegalArgumentException if the file holds none
   */
  public static RewardModel read(Path file, Workspace workspace) {
    Checkpoint saved = Checkpoint.open(file);
    Decoder body = saved.decoder(workspace);
    ParameterScope scope = ParameterScope.root(workspace, new RandomKey(0)).child("rewardHead");
    RewardModel model = new RewardModel(body, new ScalarHead(scope, body.config().width()));
    saved.restore(model.head().parameters());
    return model;
  }
}
