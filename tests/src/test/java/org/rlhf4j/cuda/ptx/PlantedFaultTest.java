package org.rlhf4j.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every check reports the fault that was planted for it, with file, line, thread and values. */
class PlantedFaultTest {
  private static PtxFault fault(Ptx ptx, int threads, String body) {
    return assertThrows(PtxFault.class, () -> ptx.run(threads, body));
  }

  private static void reports(PtxFault.Kind kind, PtxFault fault, String... parts) {
    assertEquals(kind, fault.kind(), fault.getMessage());
    for (String part : parts) {
      assertTrue(fault.getMessage().contains(part), part + " is missing in: " + fault.getMessage());
    }
  }

  @Test
  void pastTheEnd() {
    PtxFault fault = fault(Ptx.withOutput(32), 33, "st.global.u32 [%mine], %t;");
    reports(
        PtxFault.Kind.OUT_OF_BOUNDS,
        fault,
        "tiny.ptx:",
        "kernel tiny",
        "block (0, 0, 0)",
        "thread (32, 0, 0)",
        "st.global.u32 [%mine], %t",
        "4 bytes past the end of out (128 bytes)");
  }

  @Test
  void beforeTheStartAndFreed() {
    Ptx ptx = Ptx.withOutput(4).input(1, 2, 3);
    reports(
        PtxFault.Kind.OUT_OF_BOUNDS,
        fault(ptx, 1, "ld.global.u32 %r0, [%in-8];"),
        "8 bytes before in");
    Emulator emulator = ptx.emulator;
    long freed = emulator.memory().allocate(64, "gone");
    emulator.memory().free(freed);
    reports(
        PtxFault.Kind.OUT_OF_BOUNDS,
        fault(ptx, 1, "mov.u64 %l0, " + (freed + 8) + ";\nld.global.u32 %r0, [%l0];"),
        "inside of gone, which was freed");
    assertThrows(IllegalStateException.class, () -> emulator.memory().free(freed));
  }

  @Test
  void sharedAndLocalBounds() {
    reports(
        PtxFault.Kind.OUT_OF_BOUNDS,
        fault(Ptx.withOutput(1), 1, "st.shared.u32 [4096], 1;"),
        "4096 of the 4096 bytes of shared memory");
    reports(
        PtxFault.Kind.OUT_OF_BOUNDS,
        fault(Ptx.withOutput(1), 1, "st.local.u32 [64], 1;"),
        "local memory");
  }

  @Test
  void misaligned() {
    reports(
        PtxFault.Kind.MISALIGNED,
        fault(Ptx.withOutput(8), 1, "mov.u32 %r0, 1;\nst.global.v2.u32 [%out+4], {%r0, %r0};"),
        "multiple of 8",
        "out + 4");
  }

  @Test
  void uninitialisedGlobalAndShared() {
    reports(
        PtxFault.Kind.UNINITIALISED_MEMORY,
        fault(Ptx.withOutput(4), 1, "ld.global.u32 %r0, [%out+8];"),
        "out + 8 (word 2)",
        "nothing has written");
    reports(
        PtxFault.Kind.UNINITIALISED_MEMORY,
        fault(Ptx.withOutput(4), 1, "ld.shared.u32 %r0, [memory+12];"),
        "shared memory + 12");
    // only half of the word is written
    reports(
        PtxFault.Kind.UNINITIALISED_MEMORY,
        fault(
            Ptx.withOutput(4),
            1,
            "mov.u32 %r1, 1;\nst.global.u16 [%out], %r1;\nld.global.u32 %r0, [%out];"));
  }

  @Test
  void sharedMemoryIsNewInEachBlock() {
    Ptx ptx = Ptx.withOutput(4);
    PtxFault fault =
        assertThrows(
            PtxFault.class,
            () ->
                ptx.run(
                    Dim.of(2),
                    Dim.of(1),
                    Options.checked(),
                    """
                    mov.u32 %r0, %ctaid.x;
                    setp.ne.u32 %p0, %r0, 0;
                    @!%p0 st.shared.u32 [memory], 1;
                    ld.shared.u32 %r1, [memory];
                    """));
    reports(PtxFault.Kind.UNINITIALISED_MEMORY, fault, "block (1, 0, 0)");
  }

  @Test
  void uninitialisedRegisters() {
    reports(
        PtxFault.Kind.UNINITIALISED_REGISTER,
        fault(Ptx.withOutput(1), 1, "add.u32 %r0, %r1, 1;"),
        "%r1");
    reports(
        PtxFault.Kind.UNINITIALISED_REGISTER,
        fault(
            Ptx.withOutput(32),
            32,
            "setp.lt.u32 %p0, %t, 7;\n@%p0 mov.u32 %r1, 1;\nadd.u32 %r0, %r1, 1;"),
        "thread (7, 0, 0)",
        "%r1");
    reports(
        PtxFault.Kind.UNINITIALISED_REGISTER,
        fault(Ptx.withOutput(1), 1, "@%p3 mov.u32 %r0, 1;"),
        "%p3");
    reports(
        PtxFault.Kind.UNINITIALISED_REGISTER,
        fault(Ptx.withOutput(1), 1, "st.global.u32 [%l3], %t;"),
        "%l3");
  }

  @Test
  void outputNeverWritten() {
    Ptx ptx = Ptx.withOutput(4);
    ptx.run(3, "st.global.u32 [%mine], %t;");
    reports(
        PtxFault.Kind.UNINITIALISED_MEMORY,
        assertThrows(PtxFault.class, ptx::output),
        "out + 12 (word 3) is copied to the host, but nothing has written it");
  }

  @Test
  void writeWriteRace() {
    reports(
        PtxFault.Kind.RACE,
        fault(Ptx.withOutput(1), 2, "st.global.u32 [%out], %t;"),
        "out + 0",
        "thread (0, 0, 0) of block (0, 0, 0) wrote",
        "thread (1, 0, 0)");
  }

  @Test
  void sharedRaceAcrossWarpsWithoutBarrier() {
    String exchange =
        """
        mov.u32 %r0, memory;
        mad.lo.u32 %r1, %t, 4, %r0;
        st.shared.u32 [%r1], %t;
        BARRIER
        xor.b32 %r2, %t, 32;
        mad.lo.u32 %r1, %r2, 4, %r0;
        ld.shared.u32 %r3, [%r1];
        st.global.u32 [%mine], %r3;
        """;
    Ptx.withOutput(64).run(64, exchange.replace("BARRIER", "bar.sync 0;"));
    PtxFault fault = fault(Ptx.withOutput(64), 64, exchange.replace("BARRIER", ""));
    assertTrue(
        fault.kind() == PtxFault.Kind.RACE || fault.kind() == PtxFault.Kind.UNINITIALISED_MEMORY);
  }

  @Test
  void sharedRaceInsideOfAWarp() {
    String exchange =
        """
        mov.u32 %r0, memory;
        mad.lo.u32 %r1, %t, 4, %r0;
        st.shared.u32 [%r1], %t;
        SYNC
        xor.b32 %r2, %t, 1;
        mad.lo.u32 %r1, %r2, 4, %r0;
        ld.shared.u32 %r3, [%r1];
        st.global.u32 [%mine], %r3;
        """;
    Ptx.withOutput(32).run(32, exchange.replace("SYNC", "bar.warp.sync -1;"));
    // lockstep makes the value right here, but nothing orders it on a GPU
    reports(
        PtxFault.Kind.RACE,
        fault(Ptx.withOutput(32), 32, exchange.replace("SYNC", "")),
        "reads shared memory");
    reports(
        PtxFault.Kind.RACE,
        fault(
            Ptx.withOutput(32),
            32,
            exchange.replace("SYNC", "shfl.sync.bfly.b32 %r4, %t, 1, 31, -1;")));
  }

  @Test
  void secondReaderIsNotForgotten() {
    // thread 0 reads the word and then overwrites it; thread 1 read it too
    reports(
        PtxFault.Kind.RACE,
        fault(
            Ptx.withOutput(4).zeroed(),
            2,
            """
            ld.global.u32 %r0, [%out];
            setp.eq.u32 %p0, %t, 0;
            @%p0 st.global.u32 [%out], 5;
            """),
        "thread (1, 0, 0) of block (0, 0, 0) read");
  }

  @Test
  void staleReaderMakesRoomForANewOne() {
    // 0 and 1 read before the barrier, 1 and 2 after it; then 2 writes, which races with 1 only
    reports(
        PtxFault.Kind.RACE,
        fault(
            Ptx.withOutput(4).zeroed(),
            3,
            """
            setp.lt.u32 %p0, %t, 2;
            @%p0 ld.global.u32 %r0, [%out];
            bar.sync 0;
            setp.ge.u32 %p1, %t, 1;
            @%p1 ld.global.u32 %r0, [%out];
            setp.eq.u32 %p2, %t, 2;
            @%p2 st.global.u32 [%out], 5;
            """),
        "thread (1, 0, 0)");
  }

  @Test
  void raceBetweenBlocksDespiteBarriers() {
    Ptx ptx = Ptx.withOutput(1);
    PtxFault fault =
        assertThrows(
            PtxFault.class,
            () ->
                ptx.run(
                    Dim.of(2),
                    Dim.of(1),
                    Options.checked(),
                    "bar.sync 0;\nmov.u32 %r0, %ctaid.x;\nst.global.u32 [%out], %r0;"));
    reports(PtxFault.Kind.RACE, fault, "of block (0, 0, 0) wrote");
  }

  @Test
  void atomicAgainstPlain() {
    reports(
        PtxFault.Kind.RACE,
        fault(
            Ptx.withOutput(1).zeroed(),
            64,
            """
            setp.lt.u32 %p0, %t, 32;
            @%p0 red.global.add.u32 [%out], 1;
            setp.eq.u32 %p1, %t, 40;
            @%p1 ld.global.u32 %r0, [%out];
            """),
        "only one of the two is atomic");
  }

  @Test
  void launchesAreOrdered() {
    Ptx ptx = Ptx.withOutput(1);
    ptx.run(1, "st.global.u32 [%out], %t;");
    ptx.run(Dim.of(1), Dim.of(2), Options.checked(), "ld.global.u32 %r0, [%out];");
    ptx.run(1, "st.global.u32 [%out], %t;");
  }

  @Test
  void barrierInABranch() {
    reports(
        PtxFault.Kind.BARRIER_DIVERGENCE,
        fault(
            Ptx.withOutput(32),
            32,
            "setp.lt.u32 %p0, %t, 16;\n@%p0 bra L;\nbar.sync 0;\nbra M;\nL:\nbar.sync 0;\nM:\n"),
        "lanes 0x");
    reports(
        PtxFault.Kind.BARRIER_DIVERGENCE,
        fault(Ptx.withOutput(32), 32, "setp.lt.u32 %p0, %t, 16;\n@%p0 bar.sync 0;"),
        "guard");
    reports(
        PtxFault.Kind.BARRIER_DIVERGENCE,
        fault(Ptx.withOutput(32), 32, "setp.lt.u32 %p0, %t, 16;\n@%p0 ret;\nbar.sync 0;"),
        "have returned");
    reports(
        PtxFault.Kind.BARRIER_DIVERGENCE,
        fault(Ptx.withOutput(64), 64, "setp.lt.u32 %p0, %t, 32;\n@%p0 ret;\nbar.sync 0;"),
        "has returned");
    reports(
        PtxFault.Kind.BARRIER_DIVERGENCE,
        fault(
            Ptx.withOutput(64),
            64,
            "setp.lt.u32 %p0, %t, 32;\n@%p0 bra L;\nbar.sync 1;\nret;\nL:\nbar.sync 0;"),
        "waits at barrier 1");
  }

  @ParameterizedTest
  @EnumSource
  void shuffleInABranch(Options.Divergence divergence) {
    Ptx ptx = Ptx.withOutput(32);
    PtxFault fault =
        assertThrows(
            PtxFault.class,
            () ->
                ptx.run(
                    Dim.of(1),
                    Dim.of(32),
                    Options.checked().with(Options.Order.FORWARD, divergence, 0),
                    """
                    setp.lt.u32 %p0, %t, 16;
                    @%p0 bra SKIP;
                    shfl.sync.bfly.b32 %r0, %t, 1, 31, -1;
                    SKIP:
                    bar.warp.sync -1;
                    """));
    reports(PtxFault.Kind.INACTIVE_LANE, fault, "waits for lanes that never come");
  }

  @Test
  void shuffleFromALaneThatReturned() {
    reports(
        PtxFault.Kind.INACTIVE_LANE,
        fault(
            Ptx.withOutput(32),
            32,
            "setp.gt.u32 %p0, %t, 7;\n@%p0 ret;\nshfl.sync.idx.b32 %r0, %t, 9, 31, -1;"),
        "reads lane 9");
    reports(
        PtxFault.Kind.INACTIVE_LANE,
        fault(Ptx.withOutput(32), 32, "shfl.sync.bfly.b32 %r0, %t, 1, 31, 0xffff;"),
        "thread (16, 0, 0)",
        "does not name");
  }

  @Test
  void endlessLoop() {
    Ptx ptx = Ptx.withOutput(1);
    PtxFault fault =
        assertThrows(
            PtxFault.class,
            () ->
                ptx.run(Dim.of(1), Dim.of(1), Options.checked().withBudget(1000), "L:\nbra L;\n"));
    reports(PtxFault.Kind.ENDLESS_LOOP, fault, "1000 instructions", "bra L");
  }

  @Test
  void trap() {
    reports(PtxFault.Kind.TRAP, fault(Ptx.withOutput(1), 1, "trap;"), "stops the kernel");
  }

  @Test
  void textThatIsNotPtx() {
    assertSyntax("frobnicate.u32 %r0, %r1;", "not supported");
    assertSyntax("add.u32 %r0, %l1, 1;", "32 bits");
    assertSyntax("add.u32 %r0, %r99, 1;", "neither declared nor a special register");
    assertSyntax("add.rz.f32 %f0, %f1, %f2;", ".rz");
    assertSyntax("bra NOWHERE;", "label");
    assertSyntax("add.u32 %r0, %r1;", "expected 3");
    assertSyntax("ld.global.v4.u32 {%r0, %r1}, [%out];", "needs 4 registers");
    assertSyntax("mov.u32 %r0 %r1;", "expected ','");
    assertSyntax("shfl.bfly.b32 %r0, %r1, 1, 31;", "operands");
    assertSyntax("mov.u32 %r0, ?;", "unexpected character '?'");
  }

  private static void assertSyntax(String body, String part) {
    PtxSyntaxException thrown =
        assertThrows(PtxSyntaxException.class, () -> Ptx.withOutput(1).run(1, body));
    assertTrue(thrown.getMessage().startsWith("tiny.ptx:15: "), thrown.getMessage());
    assertTrue(thrown.getMessage().contains(part), thrown.getMessage());
  }

  @Test
  void argumentsThatDoNotFit() {
    Entry entry = Ptx.parse("ret;", false);
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Emulator.check(entry, java.util.List.of(new Argument.Whole(3))));
    assertTrue(thrown.getMessage().contains("parameter 0, out_, is .u64"), thrown.getMessage());
  }
}
