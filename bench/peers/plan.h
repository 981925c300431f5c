// What every shim shares: a peer's prepared call ("plan") behind four plain C entries, so that the runner treats all libraries alike.
// Matrices are row-major: C (m x n) = A (m x k) * B (k x n). Packing happens in *_create, outside any timing.
#pragma once

#include <cstdlib>
#include <cstring>

#define PEER_API extern "C" __attribute__((visibility("default")))

enum Kind { F32 = 0, U8S8S32 = 1, BF16F32 = 2, S8S8S32 = 3 };

/// Which operand holds the weights, and may therefore be packed beforehand.
enum Constant { NONE = 0, LEFT = 1, RIGHT = 2 };

/// Operations on lines.
enum Line { SOFTMAX = 0, LAYER_NORM = 1, RMS_NORM = 2, GELU = 3, BIAS_GELU_RESIDUAL = 4 };

struct Plan {
    virtual void run() = 0;
    virtual ~Plan() = default;
};

PEER_API const char* peer_version();

// The loop stands here, so that a small kernel is not charged for a managed-to-native transition per call.
PEER_API void plan_run(Plan* plan, long repeat) {
    for (long i = 0; i < repeat; i++) plan->run();
}

PEER_API void plan_free(Plan* plan) { delete plan; }

inline void* aligned(size_t bytes) {
    void* memory = nullptr;
    return posix_memalign(&memory, 64, bytes + 64) == 0 ? memory : nullptr;
}
