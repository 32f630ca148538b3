package org.rlhf4j.transformer;

import org.rlhf4j.autograd.Variable;

/** Where attention finds the keys and values of earlier columns. */
public interface KeyValueStore {
  /** Training: there is nothing earlier than this batch. */
  KeyValueStore NONE =
      new KeyValueStore() {
        @Override
        public int length() {
          return 0;
        }

        @Override
        public KeysValues extend(int layer, Variable keys, Variable values) {
          return new KeysValues(keys, values);
        }
      };

  /** Both of shape {@code [batch, keyTime, keyValueHeads, headDim]}. */
  record KeysValues(Variable keys, Variable values) {}

  /** {@return how many columns came before} */
  int length();

  /** {@return all keys and values of a layer, given those of the new columns} */
  KeysValues extend(int layer, Variable keys, Variable values);
}
