// OpenBLAS. The runner sets OPENBLAS_CORETYPE before this library is loaded: 0.3.21 does not know newer AMD cores and would fall back to an AVX2 kernel.
#include <cblas.h>
#include <cstdio>

#include "plan.h"

extern "C" char* openblas_get_config(void);
extern "C" char* openblas_get_corename(void);
extern "C" void openblas_set_num_threads(int);

PEER_API const char* peer_version() {
    static char text[128];
    char version[64] = "";
    sscanf(openblas_get_config(), "OpenBLAS %63s", version);
    snprintf(text, sizeof text, "OpenBLAS %s (%s)", version, openblas_get_corename());
    return text;
}

namespace {
struct Sgemm final : Plan {
    int m, n, k;
    const float *a, *b;
    float* c;
    void run() override { cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, a, k, b, n, 0.0f, c, n); }
};
}  // namespace

// OpenBLAS has no packed form of its own: it packs inside every call.
PEER_API Plan* gemm_create(int kind, int /*constant*/, int packed, long m, long n, long k, const void* a, const void* b, void* c) {
    if (kind != F32 || packed) return nullptr;
    openblas_set_num_threads(1);  // as every peer, whatever the runner's own kernels have
    auto* plan = new Sgemm;
    plan->m = (int)m, plan->n = (int)n, plan->k = (int)k;
    plan->a = (const float*)a, plan->b = (const float*)b, plan->c = (float*)c;
    return plan;
}
