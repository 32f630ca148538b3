package org.rlhf4j.cuda.ptx;

import java.util.ArrayList;
import java.util.List;

/** Runs small PTX texts: one output buffer of words, named {@code %out}, and up to two inputs. */
final class Ptx {
  final Emulator emulator = new Emulator();
  private final List<Argument> arguments = new ArrayList<>();
  private long output;
  private int outputWords;

  static Ptx withOutput(int words) {
    Ptx ptx = new Ptx();
    ptx.output = ptx.emulator.memory().allocate(4L * words, "out");
    ptx.outputWords = words;
    ptx.arguments.add(new Argument.Pointer(ptx.output));
    return ptx;
  }

  /** Another buffer, named {@code %in}. */
  Ptx input(int... words) {
    long address = emulator.memory().allocate(4L * words.length, "in");
    emulator.memory().upload(address, words, 0, words.length);
    arguments.add(new Argument.Pointer(address));
    return this;
  }

  /** Fills the output with zeros, for kernels that read it or write only a part. */
  Ptx zeroed() {
    emulator.memory().fill(output, 0, outputWords);
    return this;
  }

  LaunchReport run(Dim grid, Dim block, Options options, String body) {
    Entry entry = parse(body, arguments.size() > 1);
    return emulator.launch(entry, grid, block, 0, arguments, options);
  }

  LaunchReport run(int threads, String body) {
    return run(Dim.of(1), Dim.of(threads), Options.checked(), body);
  }

  int[] output() {
    int[] words = new int[outputWords];
    emulator.memory().download(output, words, 0, outputWords);
    return words;
  }

  static Entry parse(String body, boolean input) {
    String text =
        """
        .version 7.0
        .target sm_70
        .address_size 64
        .visible .entry tiny(.param .u64 out_%s)
        {
            .reg .pred %%p<4>;
            .reg .b32 %%r<10>, %%t;
            .reg .f32 %%f<10>;
            .reg .b64 %%l<10>, %%in, %%out, %%mine;
            .shared .align 16 .b8 memory[4096];
            .local .align 16 .b8 stack[64];
            ld.param.u64 %%out, [out_];
            mov.u32 %%t, %%tid.x;
            mad.wide.u32 %%mine, %%t, 4, %%out;
        """
                .formatted(input ? ", .param .u64 in_" : "")
            + (input ? "ld.param.u64 %in, [in_];\n" : "")
            + body
            + "\n}\n";
    return PtxModule.parse("tiny.ptx", text).entry("tiny");
  }
}
