package org.rlhf4j.cuda.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Supplier;

/**
 * Compiled kernels on disk, named by the SHA-256 of everything they follow from. An entry is the
 * SHA-256 of the code, then the code: a damaged one is noticed and compiled again. Where the folder
 * cannot be written, kernels are compiled each time.
 */
final class CubinCache {
  private static final int DIGEST_BYTES = 32;

  private final Path folder;

  CubinCache(Path folder) {
    this.folder = folder;
  }

  /** {@return the cache of this user: below XDG_CACHE_HOME, or below .cache of the home folder} */
  static CubinCache ofUser() {
    String given = System.getenv("XDG_CACHE_HOME");
    Path caches =
        given == null || given.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(given);
    return new CubinCache(caches.resolve("rlhf4j").resolve("cubin"));
  }

  /**
   * {@return the code that was compiled from this source before, or is now}
   *
   * @param source text, architecture, driver and options: equal sources have equal code
   */
  byte[] get(String source, Supplier<byte[]> compile) {
    byte[] name = sha256(source.getBytes(StandardCharsets.UTF_8));
    Path entry = folder.resolve(HexFormat.of().formatHex(name) + ".cubin");
    byte[] kept = read(entry);
    if (kept.length > DIGEST_BYTES) {
      byte[] code = Arrays.copyOfRange(kept, DIGEST_BYTES, kept.length);
      if (Arrays.equals(sha256(code), 0, DIGEST_BYTES, kept, 0, DIGEST_BYTES)) {
        return code;
      }
    }
    byte[] code = compile.get();
    write(entry, code);
    return code;
  }

  private static byte[] read(Path entry) {
    try {
      return Files.readAllBytes(entry);
    } catch (IOException _) {
      return new byte[0];
    }
  }

  /** Whole, then moved into place: another process sees all of it or nothing. */
  private void write(Path entry, byte[] code) {
    try {
      Files.createDirectories(folder);
      Path part = Files.createTempFile(folder, "new", ".part");
      byte[] whole = Arrays.copyOf(sha256(code), DIGEST_BYTES + code.length);
      System.arraycopy(code, 0, whole, DIGEST_BYTES, code.length);
      Files.write(part, whole);
      Files.move(part, entry, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException _) {
      return; // a cache saves time only
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
