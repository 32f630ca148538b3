package org.rlhf4j.cuda;

import java.util.List;
import java.util.regex.Pattern;

/** Mutants that change nothing that a kernel promises, each kind with the reason. */
final class EquivalentMutants {
  /**
   * Files, the label below, the line before and after as patterns, and why nobody can tell. The
   * label tells apart lines that are written alike.
   */
  private record Kind(String files, String labelBelow, String was, String is, String reason) {
    Kind(String files, String was, String is, String reason) {
      this(files, ALL, was, is, reason);
    }

    boolean covers(Mutant mutant) {
      return Pattern.matches(files, mutant.file())
          && Pattern.matches(was, mutant.was().replaceAll("\\s+", " "))
          && Pattern.matches(is, mutant.is().replaceAll("\\s+", " "))
          && Pattern.matches(labelBelow, mutant.labelBelow());
    }
  }

  private static final String ALL = ".*";
  private static final String ONLINE =
      "(softmax|logsumexp|logsoftmax|tokenlogprobs|entropy)/1-(online|two-reads).*";

  private static final List<Kind> KINDS =
      List.of(
          new Kind(ALL, "", "ret;", "", "running off the end of a kernel returns"),
          new Kind(ALL, "bar\\.sync 0;", "bar\\.sync 1;", "another barrier, used alike"),
          new Kind(
              ALL, "mov\\.u32 %k, 16;", "mov\\.u32 %k, 17;", "17, 8, 4, 2, 1 reach each lane once"),
          new Kind(
              ALL,
              "shfl.* 16, 31, -1;",
              "shfl.* 17, 31, -1;",
              "17, 8, 4, 2, 1 reach each lane once"),
          new Kind(
              ALL, "shfl.* 8, 31, -1;", "shfl.* 9, 31, -1;", "16, 9, 4, 2, 1 reach each lane once"),
          new Kind(
              ALL, "shfl.* 4, 31, -1;", "shfl.* 5, 31, -1;", "16, 8, 5, 2, 1 reach each lane once"),
          new Kind(
              ALL, "shfl.* 2, 31, -1;", "shfl.* 3, 31, -1;", "16, 8, 4, 3, 1 reach each lane once"),
          new Kind(
              "(?!dropout/).*",
              "setp\\.(eq|ne)\\.u32 %[pq], %(lane|t|tx|w), 0;",
              ".*, 1;",
              "another thread that has the same result writes it"),
          new Kind(
              ONLINE,
              "selp\\.f32 %u, 0f00000000, %n, %q;",
              ".*0f3F800000.*",
              "any finite shift does for an infinite maximum"),
          new Kind(
              ONLINE,
              "selp\\.f32 %n, 0f00000000, %m, %q;",
              ".*0f3F800000.*",
              "any finite shift does for an infinite maximum"),
          new Kind(
              ONLINE,
              "selp\\.f32 %s, 0f00000000, %e, %q;",
              ".*0f3F800000.*",
              "a row of -inf gives zeros whatever they are multiplied by"),
          new Kind(
              "attention/.*",
              "selp\\.f32 %[ue], 0f00000000, %[ne], %q;",
              ".*0f3F800000.*",
              "nothing visible gives zeros whatever they are multiplied by"),
          new Kind(
              "attention/.*",
              "@%p bra (DONE|NEXTHEAD);",
              "",
              "a tile without a visible column changes nothing"),
          new Kind("pairwise/.*", "add\\.f32 %z, %x, %z;", "sub.*", "a NaN either way"),
          new Kind(
              "pointwise/1-backward.*",
              "SOFTPLUS",
              "selp\\.f32 %e, %g, %h, %q;",
              "",
              "log-sigmoid needs sigmoid(-x) only"),
          new Kind(
              "pointwise/1-backward.*",
              "SILU",
              "selp\\.f32 %h, %h, %g, %q;",
              "",
              "softplus needs sigmoid(x) only"),
          new Kind(
              "pointwise/1-backward.*",
              "SOFTPLUS",
              "mov\\.f32 %g, %e;",
              "",
              "log-sigmoid needs sigmoid(-x) only"),
          new Kind(
              "pointwise/1-switch.*",
              "LOG1M_EXP",
              "abs\\.f32 %k, %a;",
              "",
              "the series holds until its own value passes 1/2"),
          new Kind(
              "pointwise/1-switch.*",
              "SQUARE",
              "setp\\.(lt\\.f32 %q, %k, 0f3F000000|gt\\.f32 %q, %a, 0fBF317218);",
              "",
              "both forms hold from -ln 2 to -1/2"),
          new Kind(
              "pointwise/1-switch.*",
              "setp\\.lt\\.f32 %q, %k, 0f3F800000;",
              "setp\\.l.*",
              "both forms hold around 1"),
          new Kind(
              "pointwise/1-switch.*",
              "(fma\\.rn\\.f32 %b, %a, 0f32A57060, %b|mul\\.f32 %b, %b, 0f3F317218);",
              "(fma|mul).*",
              "the fifth digit of a correction in the sixth"),
          new Kind(
              "pointwise/1-switch.*",
              "EXP_REMAINDER|LOG",
              "setp\\.gt\\.and\\.f32 %q, %r, 0f00000000, %q;",
              ".*0f3F800000.*",
              "below 1 the correction is lost under the 1 that e^x - 1 takes off"),
          new Kind(
              "pointwise/1-switch.*",
              "min\\.f32 %k, %a, 0f43000000;",
              "min.*",
              "any bound does for an infinite exponential"),
          new Kind(
              "pointwise/1-backward.*",
              "mul\\.f32 %e, %g, 0fBFB8AA3B;",
              "mul.*",
              "the fifth digit is below the tolerance"),
          new Kind(
              "pointwise/1-backward.*",
              "(mul|fma\\.rn)\\.f32 %[bd], %e, 0f3[DE].*",
              "mul.*|fma.*, (0f3F800000|%\\w);",
              "the fifth digit is below the tolerance"),
          new Kind(
              "argmax/.*",
              "READ_BODY",
              "setp\\.gt\\.f32 %q, %a, %m;",
              "setp\\.ge.*",
              "a head has one element a thread, which meets -inf"),
          new Kind(
              "argmax/.*",
              "LAST",
              "mov\\.[fu]32 %[mi], 0[fx][F7][F8f].*",
              "",
              "a maximum may be taken twice"),
          new Kind(
              "attention/.*",
              "setp\\.eq\\.f32 %q, %n, 0fFF800000;",
              ".*0f3F800000;",
              "a score always stands in the tile, so the maximum is finite"),
          new Kind(
              ONLINE,
              "mov\\.f32 %s, 0f00000000;",
              ".*0f3F800000;",
              "a sum without elements is scaled by e^-inf before it is used"),
          new Kind(
              "attention/.*",
              "mov\\.f32 %l, 0f00000000;",
              ".*0f3F800000;",
              "a sum without elements is scaled by e^-inf before it is used"),
          new Kind(
              "attention/1-tiled.*",
              "st\\.shared\\.f32 \\[%i\\], 0f00000000;",
              ".*0f3F800000;",
              "an empty mix is scaled by e^-inf, or by 0 at the end"),
          new Kind(
              ONLINE,
              "READ_BODY",
              "sub\\.f32 %e, %m, .*",
              "add.*",
              "a head has one element a thread, whose running sum is 0 before"),
          new Kind(
              ONLINE,
              "READ_BODY",
              "mul\\.f32 %e, %e, .*",
              ".*",
              "a head has one element a thread, whose running sum is 0 before"),
          new Kind(
              ONLINE,
              "READ_BODY",
              "mul\\.f32 %a, %a, (0f3FB8AA3B|%scale);",
              ".*",
              "a head has one element a thread: e^0"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "setp\\.ge\\.f32 %q, %[abcd], 0f00000000;",
              "setp\\.gt.*",
              "at 0 both forms of the sigmoid are 1/2"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "setp\\.l[et]\\.f32 %q, %k, 0f3F000000;",
              "setp\\.l.*",
              "both series hold on either side of 1/2"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "setp\\.gt\\.f32 %q, %a, 0fBF317218;",
              "setp\\.g.*",
              "both forms hold around -ln 2"),
          new Kind(
              "(pairwise|addbroadcast|swiglu)/.*|pointwise/1-backward.*",
              "(mov|fma\\.rn)\\.f32 %[hk], .*0f[0-9A-F]{8};",
              "(mov|fma).*",
              "the fifth digit of a term is below the tolerance of the sum"),
          new Kind(
              "pointwise/1-switch.*",
              "(mov|fma\\.rn)\\.f32 %[hk], .*0f(?!3F000000|3D2AAAAB|3E2AAAAB|3EAAAAAB)[0-9A-F]{8};",
              "(mov|fma).*",
              "the fifth digit of a term is below the tolerance of the sum"),
          new Kind(
              "pointwise/1-switch.*",
              "(?!(EXP_REMAINDER|LOG|SIGMOID)$).*",
              "(mov|fma\\.rn)\\.f32 %[hk], .*0f3F000000;",
              "(mov|fma).*",
              "the fifth digit of a term is below the tolerance of the sum"),
          new Kind(
              "pointwise/1-switch.*",
              "(?!LOG$).*",
              "(mov|fma\\.rn)\\.f32 %[hk], .*0f(3D2AAAAB|3E2AAAAB);",
              "(mov|fma).*",
              "the fifth digit of a term is below the tolerance of the sum"),
          new Kind(
              "pointwise/1-switch.*",
              "(?!SQUARE$).*",
              "(mov|fma\\.rn)\\.f32 %[hk], .*0f3EAAAAAB;",
              "(mov|fma).*",
              "the fifth digit of a term is below the tolerance of the sum"),
          new Kind(
              "pointwise/.*",
              "fma\\.rn\\.f32 %[hk], .*0f(3493F27E|3D9D89D9|3DBA2E8C);",
              "",
              "a term below the tolerance of the sum"),
          new Kind(
              "pointwise/.*",
              "LOG1M_EXP|SQUARE|SIGMOID",
              "fma\\.rn\\.f32 %h, .*0f39500D01;",
              "",
              "a term below the tolerance of the sum"),
          new Kind(
              "pointwise/.*",
              "SQUARE",
              "(mov|fma\\.rn)\\.f32 %[hk], .*0f(3AB60B61|3C088889|3D888889);",
              "",
              "a term below the tolerance of the sum"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "trap;",
              "",
              "no caller passes another code"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "@%q bra FIRST;",
              "",
              "the general way gives the same index"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "@%q bra (EXP_REMAINDER|MIN);",
              "bra .*",
              "the last of the codes"),
          new Kind(
              "(entropy/1-two|layernorm/1-three)-reads.*",
              "LASTV",
              "(mov\\.u32 %addr, slots|shr\\.u32 %warps, %nt, 5|and\\.b32 %lane, %t, 31);",
              "",
              "the first reduction left it in the register"),
          new Kind(
              "layernorm/1-three-reads.*",
              "WRITE_BODY",
              "cvt\\.rn\\.f32\\.u32 %n, %cols;",
              "",
              "the mean left it in the register"),
          new Kind(
              "attention/.*",
              "add\\.u32 %a2, %a1, %tile;",
              "sub.*",
              "the first tile lies at address 0"),
          new Kind(
              "(norm|sum)/.*",
              "mad\\.lo\\.u32 %k, %t, 4, %addr;",
              "",
              "the first warp's slot has this address"),
          new Kind(
              "argmax/.*",
              "setp\\.lt\\.and\\.u32 %p, %w, %i, %p;",
              "setp\\.le.*",
              "an index meets itself only"),
          new Kind(
              "cast/.*",
              "mov\\.[fu]32 %(b|c|d|t|hi), 0.*;",
              "mov.*",
              "of the places that are not there nothing is stored"),
          new Kind(
              "cast/1-widen.*",
              "mov\\.u32 %t, 0;",
              "",
              "nothing is stored of the places for which it would count"),
          new Kind(
              "sampling/.*",
              "setp\\.lt\\.u32 %p, %k, 32;",
              "setp\\.l.*",
              "no lane is 32 lanes behind another"),
          new Kind(
              "sampling/.*",
              "shr\\.s32 %lo, %lo, 31;",
              ".*, 32;",
              "nothing but copies of the sign either way"),
          new Kind("sampling/.*", "mov\\.u32 %k, 0;", "", "the register holds it already"),
          new Kind(
              "sampling/1-restricted.*",
              "@%p sub\\.u64 %target, %target, 1;",
              ".*, 2;",
              "2^-40 of the largest weight"),
          new Kind(
              "sampling/1-restricted.*",
              "(add\\.u64 %s, %s, %key|setp\\.gt\\.u64 %q, %s, %target);",
              "(sub|setp\\.ge).*",
              "starting further left, the walk takes longer and ends in the same bin"),
          new Kind(
              "sampling/.*",
              "st\\.global\\.f32 \\[%at\\], 0f7FC00000;",
              ".*0f7FC00000;",
              "the same NaN"),
          new Kind(
              "softmax/2-registers.*",
              "setp\\.le\\.u32 %p, %body, \\d+;",
              "setp\\.le.*",
              "the number of columns is a multiple of four"),
          new Kind(
              "softmax/2-registers.*",
              "LOADED",
              "setp\\.le\\.u32 %p, %body, \\d+;",
              "setp\\.lt.*",
              "a load without columns adds nothing"),
          new Kind(
              "softmax/2-registers.*",
              "@%p bra LOADED;",
              "",
              "a part without columns adds nothing"),
          new Kind(
              "softmax/2-registers.*",
              "setp\\.(gt|le)\\.s32 %p, %left, \\d+;",
              "setp\\.(gt|le)\\.s32 %p, %left, \\d*[13579];",
              "what is left is a multiple of four"),
          new Kind(
              "softmax/2-registers.*",
              "selp\\.f32 %s, 0f00000000, %a, %q;",
              ".*0f3F800000.*",
              "a row of -inf gives zeros whatever they are multiplied by"),
          new Kind(
              "softmax/1-backward.*",
              "selp\\.f32 %[efgh], 0f00000000, %[efgh], %q;",
              ".*0f3F800000.*",
              "the factor of what is hidden is 0"),
          new Kind(
              "clip/.*",
              "setp\\.gt\\.f32 %p, %a, %most;",
              "setp\\.ge.*",
              "at equality the factor is 1 either way"),
          new Kind(
              "attention/.*",
              "min\\.u32 %last, %last, %keytime;",
              "",
              "queries end where the keys do"),
          new Kind(
              "(pointwise|pairwise|addbroadcast|swiglu)/.*",
              "setp\\.lt\\.f32 %q, %a, 0f00000000;",
              "setp\\.le.*",
              "relu(0) is 0 either way"));

  private EquivalentMutants() {}

  static boolean contains(Mutant mutant) {
    return KINDS.stream().anyMatch(kind -> kind.covers(mutant));
  }
}
