package org.rlhf4j.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions whose result depends on other lanes, on control flow or on memory. */
class WarpInstructionTest {
  private static final String STORE = "\nst.global.b32 [%mine], %r1;";

  private static void expect(String body, IntUnaryOperator ofLane) {
    Ptx ptx = Ptx.withOutput(32);
    ptx.run(32, body + STORE);
    assertArrayEquals(IntStream.range(0, 32).map(ofLane).toArray(), ptx.output(), body);
  }

  @Test
  void shuffles() {
    expect("shfl.sync.bfly.b32 %r1, %t, 5, 31, -1;", l -> l ^ 5);
    expect("shfl.sync.idx.b32 %r1, %t, 7, 31, -1;", l -> 7);
    expect("shfl.sync.down.b32 %r1, %t, 3, 31, -1;", l -> l + 3 > 31 ? l : l + 3);
    expect("shfl.sync.up.b32 %r1, %t, 3, 0, -1;", l -> l < 3 ? l : l - 3);
    // segments of eight lanes: clamp 31 in the low bits, segment mask 24 above
    expect("shfl.sync.down.b32 %r1, %t, 2, 6175, -1;", l -> l % 8 + 2 > 7 ? l : l + 2);
    expect("shfl.sync.idx.b32 %r1, %t, 3, 6175, -1;", l -> l / 8 * 8 + 3);
    expect(
        """
        shfl.sync.up.b32 %r2|%p1, %t, 1, 0, -1;
        selp.b32 %r1, %r2, 99, %p1;
        """,
        l -> l == 0 ? 99 : l - 1);
  }

  @Test
  void votesAndMatches() {
    String odd = "and.b32 %r2, %t, 1; setp.ne.u32 %p1, %r2, 0;\n";
    expect(odd + "vote.sync.ballot.b32 %r1, %p1, -1;", l -> 0xaaaaaaaa);
    expect(odd + "vote.sync.ballot.b32 %r1, !%p1, -1;", l -> 0x55555555);
    expect(odd + "vote.sync.any.pred %p2, %p1, -1; selp.b32 %r1, 1, 0, %p2;", l -> 1);
    expect(odd + "vote.sync.all.pred %p2, %p1, -1; selp.b32 %r1, 1, 0, %p2;", l -> 0);
    expect(odd + "vote.sync.uni.pred %p2, %p1, -1; selp.b32 %r1, 1, 0, %p2;", l -> 0);
    expect(odd + "match.any.sync.b32 %r1, %r2, -1;", l -> l % 2 == 1 ? 0xaaaaaaaa : 0x55555555);
    expect("redux.sync.add.s32 %r1, %t, -1;", l -> 31 * 16);
    expect("redux.sync.max.u32 %r1, %t, -1;", l -> 31);
    expect(
        """
        mov.u32 %r1, 0;
        setp.lt.u32 %p1, %t, 4;
        @!%p1 bra END;
        activemask.b32 %r1;
        END:
        """,
        l -> l < 4 ? 15 : 0);
  }

  @Test
  void specialRegisters() {
    expect("mov.u32 %r1, %laneid;", l -> l);
    expect("mov.u32 %r1, %lanemask_lt;", l -> (1 << l) - 1);
    expect("mov.u32 %r1, %lanemask_ge;", l -> -(1 << l));
    expect("mov.u32 %r1, %ntid.x;", l -> 32);
    Ptx ptx = Ptx.withOutput(2 * 3 * 4);
    ptx.run(
        Dim.of(2, 3),
        new Dim(1, 2, 2),
        Options.checked(),
        """
        mov.u32 %r0, %ctaid.y; mov.u32 %r1, %nctaid.x; mov.u32 %r2, %ctaid.x;
        mad.lo.u32 %r0, %r0, %r1, %r2;
        mov.u32 %r3, %tid.z; shl.b32 %r3, %r3, 1; mov.u32 %r4, %tid.y; add.u32 %r3, %r3, %r4;
        shl.b32 %r5, %r0, 2; add.u32 %r5, %r5, %r3;
        mad.wide.u32 %l0, %r5, 4, %out;
        st.global.u32 [%l0], %r5;
        """);
    assertArrayEquals(IntStream.range(0, 24).toArray(), ptx.output());
  }

  @Test
  void control() {
    expect("mov.u32 %r1, 1; bra.uni OVER; mov.u32 %r1, 2; OVER:", l -> 1);
    expect(
        """
        setp.lt.u32 %p1, %t, 4;
        mov.u32 %r1, 7;
        @%p1 st.global.b32 [%mine], %r1;
        @%p1 exit;
        mov.u32 %r1, 8;
        """,
        l -> l < 4 ? 7 : 8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bar.sync 0;", "bar.sync 3;", "barrier.sync 0;", "bar.warp.sync -1;"})
  void barriersOrderAccesses(String barrier) {
    Ptx ptx = Ptx.withOutput(64);
    ptx.run(64, exchange(barrier));
    assertArrayEquals(IntStream.range(0, 64).map(l -> l ^ 1).toArray(), ptx.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"membar.gl;", "membar.cta;", "fence.acq_rel.gpu;"})
  void aFenceWaitsForNobody(String fence) {
    PtxFault fault =
        assertThrows(PtxFault.class, () -> Ptx.withOutput(64).run(64, exchange(fence)));
    assertEquals(PtxFault.Kind.RACE, fault.kind());
  }

  /** Each lane reads what its neighbour wrote. */
  private static String exchange(String between) {
    return """
    mov.u32 %%r2, memory;
    mad.lo.u32 %%r3, %%t, 4, %%r2;
    st.shared.u32 [%%r3], %%t;
    %s
    xor.b32 %%r3, %%t, 1;
    mad.lo.u32 %%r3, %%r3, 4, %%r2;
    ld.shared.u32 %%r1, [%%r3];
    st.global.u32 [%%mine], %%r1;
    """
        .formatted(between);
  }

  @ParameterizedTest
  @EnumSource
  void divergentLoopsReconverge(Options.Divergence divergence) {
    // lane l sums 0..l in a loop of its own length, then all meet in a shuffle
    Ptx ptx = Ptx.withOutput(32);
    ptx.run(
        Dim.of(1),
        Dim.of(32),
        Options.checked().with(Options.Order.FORWARD, divergence, 0),
        """
        mov.u32 %r1, 0; mov.u32 %r2, 0;
        LOOP:
        add.u32 %r1, %r1, %r2;
        add.u32 %r2, %r2, 1;
        setp.le.u32 %p1, %r2, %t;
        @%p1 bra LOOP;
        shfl.sync.bfly.b32 %r1, %r1, 31, 31, -1;
        st.global.b32 [%mine], %r1;
        """);
    assertArrayEquals(
        IntStream.range(0, 32).map(l -> (31 - l) * (32 - l) / 2).toArray(), ptx.output());
  }

  @Test
  void vectorsBytesLocalAndSharedMemory() {
    Ptx ptx = Ptx.withOutput(128).input(IntStream.range(0, 128).toArray());
    ptx.run(
        32,
        """
        mad.wide.u32 %l0, %t, 16, %in;
        ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%l0];
        mov.u32 %r4, stack;
        st.local.v4.u32 [%r4], {%r3, %r2, %r1, %r0};
        ld.local.v2.u32 {%r5, %r6}, [%r4+8];
        ld.local.v2.u32 {%r7, %r8}, [%r4];
        mov.u32 %r9, memory;
        mad.lo.u32 %r9, %t, 16, %r9;
        st.shared.v4.u32 [%r9], {%r7, %r8, %r5, %r6};
        bar.sync 0;
        ld.shared.v2.b64 {%l1, %l2}, [%r9];
        mad.wide.u32 %l0, %t, 16, %out;
        st.global.v2.b64 [%l0], {%l1, %l2};
        """);
    int[] expected = IntStream.range(0, 128).map(i -> i / 4 * 4 + 3 - i % 4).toArray();
    assertArrayEquals(expected, ptx.output());
  }

  @Test
  void subWordAccess() {
    Ptx ptx = Ptx.withOutput(4).input(0xfedcba98, 0x76543210);
    ptx.run(
        1,
        """
        ld.global.u8 %r0, [%in+3];
        ld.global.s8 %r1, [%in+3];
        ld.global.s16 %r2, [%in+2];
        ld.global.u16 %r3, [%in+4];
        st.global.u8 [%out], %r0; st.global.u8 [%out+1], %r3;
        st.global.u16 [%out+2], %r2;
        st.global.u32 [%out+4], %r1; st.global.u32 [%out+8], %r2; st.global.u32 [%out+12], %r3;
        """);
    assertArrayEquals(new int[] {0xfedc10fe, -2, 0xfffffedc, 0x3210}, ptx.output());
  }

  @Test
  void genericAddressesFindTheirSpace() {
    Ptx ptx = Ptx.withOutput(32);
    ptx.run(
        32,
        """
        mov.u64 %l0, memory;
        cvta.shared.u64 %l0, %l0;
        mad.wide.u32 %l0, %t, 4, %l0;
        st.u32 [%l0], %t;
        bar.warp.sync -1;
        xor.b32 %r2, %t, 1;
        mov.u32 %r3, memory;
        mad.lo.u32 %r3, %r2, 4, %r3;
        ld.shared.u32 %r1, [%r3];
        cvta.to.global.u64 %l1, %mine;
        st.u32 [%l1], %r1;
        """);
    assertArrayEquals(IntStream.range(0, 32).map(l -> l ^ 1).toArray(), ptx.output());
  }

  @Test
  void atomics() {
    Ptx ptx = Ptx.withOutput(10).zeroed();
    ptx.run(
        32,
        """
        red.global.add.u32 [%out], %t;
        atom.global.max.s32 %r1, [%out+4], %t;
        red.global.or.b32 [%out+8], %t;
        atom.global.inc.u32 %r1, [%out+12], 9;
        cvt.rn.f32.u32 %f1, %t;
        red.global.add.f32 [%out+16], %f1;
        atom.global.cas.b32 %r1, [%out+20], 0, 7;
        atom.global.exch.b32 %r1, [%out+24], 5;
        cvt.u64.u32 %l1, %t;
        shl.b64 %l1, %l1, 32;
        atom.global.add.u64 %l2, [%out+32], %l1;
        """);
    int[] out = ptx.output();
    assertArrayEquals(
        new int[] {496, 31, 31, 2, Float.floatToRawIntBits(496), 7, 5, 0, 0, 496}, out);
  }

  @Test
  void countsTrafficAndConflicts() {
    Ptx ptx = Ptx.withOutput(32 * 32).zeroed();
    LaunchReport coalesced = ptx.run(32, "st.global.u32 [%mine], %t;");
    assertEquals(4, coalesced.globalSectors());
    assertEquals(128, coalesced.globalWriteBytes());
    assertEquals(1, coalesced.sectorOverhead());
    LaunchReport strided =
        ptx.run(32, "mad.wide.u32 %l0, %t, 128, %out;\nst.global.u32 [%l0], %t;");
    assertEquals(32, strided.globalSectors());
    String shared = "mov.u32 %r0, memory;\nmad.lo.u32 %r0, %t, STRIDE, %r0;\n";
    assertEquals(
        0, ptx.run(32, shared.replace("STRIDE", "4") + "st.shared.u32 [%r0], %t;").bankConflicts());
    assertEquals(
        1, ptx.run(32, shared.replace("STRIDE", "8") + "st.shared.u32 [%r0], %t;").bankConflicts());
    assertEquals(
        31,
        ptx.run(32, shared.replace("STRIDE", "128") + "st.shared.u32 [%r0], %t;").bankConflicts());
    assertEquals(
        0,
        ptx.run(32, shared.replace("STRIDE", "16") + "st.shared.v4.u32 [%r0], {%t, %t, %t, %t};")
            .bankConflicts(),
        "a quarter of a warp at a time moves 16 bytes a lane without conflict");
    LaunchReport counted = ptx.run(64, "bar.sync 0;\nex2.approx.f32 %f0, 0f00000000;");
    assertEquals(1, counted.barriers());
    assertEquals(2, counted.executed("ex2"));
  }

  @Test
  void nestedScopesShadowRegisters() {
    expect(
        """
        mov.u32 %r1, 1;
        {
          .reg .b32 %r1;
          mov.u32 %r1, 2;
        }
        """,
        l -> 1);
  }
}
