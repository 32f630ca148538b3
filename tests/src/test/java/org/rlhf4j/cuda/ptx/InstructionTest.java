package org.rlhf4j.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One tiny PTX text an instruction: inputs and exact outputs from {@code instructions.txt}. */
class InstructionTest {
  private static final int LANES = 32;

  record Example(String line, String instruction, List<String> examples) {
    @Override
    public String toString() {
      return line;
    }
  }

  static List<Example> examples() throws IOException {
    try (InputStream in = InstructionTest.class.getResourceAsStream("instructions.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      List<Example> examples = new ArrayList<>();
      for (String line : text.lines().toList()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          List<String> parts = List.of(line.split("\\s*\\|\\s+"));
          // a pair of results d|p has its bar inside of the instruction, without a blank
          examples.add(new Example(line, parts.getFirst(), parts.subList(1, parts.size())));
        }
      }
      assertTrue(examples.size() > 150, "the table was not found whole");
      return examples;
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void computesExactly(Example example) {
    String instruction = example.instruction();
    List<String> texts = example.examples();
    Emulator emulator = new Emulator();
    long inputs = emulator.memory().allocate(24L * LANES, "inputs");
    long outputs = emulator.memory().allocate(8L * LANES, "outputs");
    emulator.memory().fill(outputs, 0, 2 * LANES);
    int[] words = new int[6 * LANES];
    for (int lane = 0; lane < LANES; lane++) {
      String[] values = texts.get(lane % texts.size()).split("->")[0].trim().split("\\s+");
      for (int i = 0; i < values.length; i++) {
        putLong(words, 2 * (3 * lane + i), value(values[i]));
      }
    }
    emulator.memory().upload(inputs, words, 0, words.length);
    Entry entry = PtxModule.parse("tiny.ptx", kernel(instruction)).entry("tiny");
    emulator.launch(
        entry,
        Dim.of(1),
        Dim.of(LANES),
        0,
        List.of(new Argument.Pointer(inputs), new Argument.Pointer(outputs)),
        Options.checked());
    int[] results = new int[2 * LANES];
    emulator.memory().download(outputs, results, 0, results.length);
    for (int lane = 0; lane < LANES; lane++) {
      String text = texts.get(lane % texts.size());
      long expected = value(text.split("->")[1].trim());
      long actual = (results[2 * lane] & 0xffffffffL) | ((long) results[2 * lane + 1] << 32);
      long kept = instruction.contains("%ld") ? expected : expected & 0xffffffffL;
      assertEquals(Long.toHexString(kept), Long.toHexString(actual), text);
    }
  }

  /** Loads the inputs that the instruction names, runs it and stores its result. */
  private static String kernel(String instruction) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String name = String.valueOf("abc".charAt(i));
      // what an instruction writes first is not loaded: its second result may be named b
      String sources = instruction.substring(instruction.indexOf(',') + 1);
      String address = "[%in+" + 8 * i + "];\n";
      if (uses(sources, "r" + name)) {
        body.append("ld.global.b32 %r").append(name).append(", ").append(address);
      }
      if (uses(sources, "f" + name)) {
        body.append("ld.global.f32 %f").append(name).append(", ").append(address);
      }
      if (uses(sources, "l" + name)) {
        body.append("ld.global.b64 %l").append(name).append(", ").append(address);
      }
      if (uses(sources, "h" + name)) {
        body.append("ld.global.b16 %h").append(name).append(", ").append(address);
      }
      if (uses(sources, "p" + name)) {
        body.append("ld.global.b32 %t, ").append(address);
        body.append("setp.ne.b32 %p").append(name).append(", %t, 0;\n");
      }
    }
    body.append(instruction).append('\n');
    if (uses(instruction, "pd")) {
      body.append("selp.b32 %rd, 1, 0, %pd;\nst.global.b32 [%out], %rd;\n");
    } else if (uses(instruction, "ld")) {
      body.append("st.global.b64 [%out], %ld;\n");
    } else if (uses(instruction, "hd")) {
      body.append("st.global.b16 [%out], %hd;\n");
    } else if (uses(instruction, "fd")) {
      body.append("st.global.f32 [%out], %fd;\n");
    } else {
      body.append("st.global.b32 [%out], %rd;\n");
    }
    return """
    .version 7.8
    .target sm_90
    .address_size 64
    .visible .entry tiny(.param .u64 in_, .param .u64 out_)
    {
        .reg .pred %pa, %pb, %pc, %pd;
        .reg .b16 %ha, %hb, %hc, %hd;
        .reg .b32 %ra, %rb, %rc, %rd, %t;
        .reg .f32 %fa, %fb, %fc, %fd;
        .reg .b64 %la, %lb, %lc, %ld, %in, %out;
        ld.param.u64 %in, [in_];
        ld.param.u64 %out, [out_];
        mov.u32 %t, %tid.x;
        mad.wide.u32 %in, %t, 24, %in;
        mad.wide.u32 %out, %t, 8, %out;
    """
        + body
        + "ret;\n}\n";
  }

  private static boolean uses(String text, String register) {
    return Pattern.compile("%" + register + "\\b").matcher(text).find();
  }

  private static long value(String text) {
    if (text.startsWith("0x")) {
      return Long.parseUnsignedLong(text.substring(2), 16);
    }
    if (text.startsWith("h2:") || text.startsWith("b2:")) {
      String[] halves = text.substring(3).split(",");
      return half(text, halves[0]) | half(text, halves[1]) << 16;
    }
    if (text.startsWith("h:") || text.startsWith("b:")) {
      return half(text, text.substring(2));
    }
    if (text.matches("-?\\d+")) {
      return Long.parseLong(text);
    }
    return text.equals("nan") ? 0x7fffffffL : Float.floatToRawIntBits(real(text)) & 0xffffffffL;
  }

  /** Half formats of values that are exact in them. */
  private static long half(String format, String text) {
    float value = real(text);
    return format.startsWith("h")
        ? Float.floatToFloat16(value) & 0xffffL
        : Float.floatToRawIntBits(value) >>> 16;
  }

  private static float real(String text) {
    return switch (text) {
      case "inf" -> Float.POSITIVE_INFINITY;
      case "-inf" -> Float.NEGATIVE_INFINITY;
      default -> Float.parseFloat(text);
    };
  }

  private static void putLong(int[] words, int at, long value) {
    words[at] = (int) value;
    words[at + 1] = (int) (value >>> 32);
  }
}
