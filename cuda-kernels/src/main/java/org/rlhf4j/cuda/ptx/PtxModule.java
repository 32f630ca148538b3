package org.rlhf4j.cuda.ptx;

import java.util.Map;

/**
 * A parsed PTX file.
 *
 * @param version of the language, such as {@code 7.0}
 * @param target architecture, such as {@code sm_70}
 * @param entries the kernels by name, in the order of the file
 */
public record PtxModule(String file, String version, String target, Map<String, Entry> entries) {

  /**
   * Parses a file.
   *
   * @throws PtxSyntaxException where the text is not PTX, with the line
   */
  public static PtxModule parse(String file, String text) {
    return new Parser(file, text).module();
  }

  /** The kernel of that name; the error lists those there are. */
  public Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          file + " has no kernel '" + name + "'; it has " + entries.keySet());
    }
    return entry;
  }
}
