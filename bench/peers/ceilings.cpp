// Ceilings that managed code cannot issue itself: 512-bit integer and bfloat16 dot products, timed like any other contender.
#include "plan.h"

PEER_API const char* peer_version() { return "machine ceilings"; }

namespace {
constexpr long iterations = 4096;
}

// Sixteen independent chains hide the latency of every instruction measured here; assembly, so that nothing folds the loop.
#define LINE(i, r, ins) ins " %%" r "mm17, %%" r "mm16, %%" r "mm" #i "\n"
#define SIXTEEN_LINES(r, ins)                                                                                                          \
    LINE(0, r, ins) LINE(1, r, ins) LINE(2, r, ins) LINE(3, r, ins) LINE(4, r, ins) LINE(5, r, ins) LINE(6, r, ins) LINE(7, r, ins)    \
    LINE(8, r, ins) LINE(9, r, ins) LINE(10, r, ins) LINE(11, r, ins) LINE(12, r, ins) LINE(13, r, ins) LINE(14, r, ins) LINE(15, r, ins)
#define CEILING(Name, r, ins)                                                                                                          \
    struct Name final : Plan {                                                                                                         \
        void run() override {                                                                                                          \
            long left = iterations;                                                                                                    \
            asm volatile("vpxord %%zmm16, %%zmm16, %%zmm16\nvpxord %%zmm17, %%zmm17, %%zmm17\n.p2align 6\n1:\n" SIXTEEN_LINES(r, ins)  \
                         "dec %0\njnz 1b\nvzeroupper\n"                                                                                \
                         : "+r"(left)::"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",        \
                           "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16", "xmm17", "cc");                                       \
        }                                                                                                                              \
    };

CEILING(Int8DotZmm, "z", "vpdpbusd")
CEILING(Int8DotYmm, "y", "vpdpbusd")
CEILING(Bf16DotZmm, "z", "vdpbf16ps")

/// Instructions that one run issues.
PEER_API long ceiling_instructions() { return 16 * iterations; }

// The caller asks only for what the processor has.
PEER_API Plan* int8_dot_zmm_create() { return new Int8DotZmm; }
PEER_API Plan* int8_dot_ymm_create() { return new Int8DotYmm; }
PEER_API Plan* bf16_dot_zmm_create() { return new Bf16DotZmm; }
