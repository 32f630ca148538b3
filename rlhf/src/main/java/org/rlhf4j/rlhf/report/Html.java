package org.rlhf4j.rlhf.report;

/** Text inside markup. */
final class Html {
  private Html() {}

  /** {@return the text with what markup would swallow written as entities} */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
