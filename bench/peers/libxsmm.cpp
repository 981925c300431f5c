// libxsmm, 1.17 and 2.x: blocked GEMM over its batch-reduce kernel, small GEMM, batch-reduce GEMM, and its sparse kernels.
// libxsmm is column-major: a row-major C = A * B is its C^T = B^T * A^T, so its "A" operand is our right one.
#include <libxsmm.h>
#if LIBXSMM_CONFIG_VERSION_MAJOR >= 2
#include <libxsmm_fsspmdm.h>
#endif

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <vector>

#include "plan.h"

#define XSMM2 (LIBXSMM_CONFIG_VERSION_MAJOR >= 2)

PEER_API const char* peer_version() {
    static char text[64];
    snprintf(text, sizeof text, "libxsmm %d.%d (%s)", LIBXSMM_CONFIG_VERSION_MAJOR, LIBXSMM_CONFIG_VERSION_MINOR, libxsmm_get_target_arch());
    return text;
}

namespace {
int element_size(int kind) { return kind == F32 ? 4 : kind == BF16F32 ? 2 : 1; }

// Consecutive depth elements that one lane of a dot-product instruction takes.
int vnni(int kind) { return kind == F32 ? 1 : kind == BF16F32 ? 2 : 4; }

/// One JIT-compiled kernel: m columns of our right operand, n rows of our left one; strides in bytes between the terms of a batch.
struct Kernel {
#if XSMM2
    libxsmm_gemmfunction function = nullptr;
#else
    libxsmm_xmmfunction function = {nullptr};
#endif

    bool compile(int kind, int m, int n, int k, int lda, int ldb, int ldc, int stride_a, int stride_b) {
#if XSMM2
        auto in_a = kind == F32 ? LIBXSMM_DATATYPE_F32 : kind == BF16F32 ? LIBXSMM_DATATYPE_BF16 : LIBXSMM_DATATYPE_I8;
        auto in_b = kind == U8S8S32 ? LIBXSMM_DATATYPE_U8 : in_a;
        auto out = kind == F32 || kind == BF16F32 ? LIBXSMM_DATATYPE_F32 : LIBXSMM_DATATYPE_I32;
        auto shape = libxsmm_create_gemm_shape(m, n, k, lda, ldb, ldc, in_a, in_b, out, out);
        auto flags = LIBXSMM_GEMM_FLAG_BETA_0 | (kind == F32 ? 0 : LIBXSMM_GEMM_FLAG_VNNI_A);
        libxsmm_gemm_batch_reduce_config batch = {LIBXSMM_GEMM_BATCH_REDUCE_STRIDE, stride_a, stride_b, 0};
        function = libxsmm_dispatch_brgemm(shape, flags, LIBXSMM_GEMM_PREFETCH_NONE, batch);
        return function != nullptr;
#else
        const float zero = 0, one = 1;
        const int izero = 0, ione = 1;
        switch (kind) {
            case F32:
                function.smrs = libxsmm_smmdispatch_reducebatch_strd(m, n, k, stride_a, stride_b, &lda, &ldb, &ldc, &one, &zero, nullptr, nullptr);
                break;
            case BF16F32:
                function.bsmrs = libxsmm_bsmmdispatch_reducebatch_strd(m, n, k, stride_a, stride_b, &lda, &ldb, &ldc, &one, &zero, nullptr, nullptr);
                break;
            case U8S8S32:
                function.subimrs = libxsmm_subimmdispatch_reducebatch_strd(m, n, k, stride_a, stride_b, &lda, &ldb, &ldc, &ione, &izero, nullptr, nullptr);
                break;
            default:
                function.ssbimrs = libxsmm_ssbimmdispatch_reducebatch_strd(m, n, k, stride_a, stride_b, &lda, &ldb, &ldc, &ione, &izero, nullptr, nullptr);
                break;
        }
        return function.xmm != nullptr;
#endif
    }

    void operator()(const void* a, const void* b, void* c, unsigned long long count) const {
#if XSMM2
        libxsmm_gemm_param p = {};
        p.op.tertiary = &count;
        p.a.primary = const_cast<void*>(a);
        p.b.primary = const_cast<void*>(b);
        p.c.primary = c;
        function(&p);
#else
        function.xbm((const void**)a, (const void**)b, c, &count);
#endif
    }
};

struct Block {
    int m, n, k;
};

/// A GEMM cut into blocks; one batch-reduce call sums a whole row of blocks.
struct Blocked final : Plan {
    int kind = 0;
    long m = 0, n = 0, k = 0;
    Block block{};
    bool packed = false;
    const char *a = nullptr, *b = nullptr;
    char* c = nullptr;
    char* panels = nullptr;
    Kernel kernel;

    ~Blocked() override { std::free(panels); }

    bool prepare() {
        if (m % block.m || n % block.n || k % block.k || block.k % vnni(kind)) return false;
        int size = element_size(kind), v = vnni(kind);
        int ld = packed ? block.n : (int)n;
        if (!kernel.compile(kind, block.n, block.m, block.k, ld, (int)k, (int)n, block.k * ld * size, block.k * size)) return false;
        if (!packed) return true;
        panels = (char*)aligned((size_t)k * n * size);
        char* to = panels;
        for (long j = 0; j < n; j += block.n)
            for (long p = 0; p < k; p += v)
                for (long column = j; column < j + block.n; column++)
                    for (int t = 0; t < v; t++, to += size) std::memcpy(to, b + ((p + t) * n + column) * size, size);
        return true;
    }

    void run() override {
        int size = element_size(kind);
        long count = k / block.k;
        for (long j = 0; j < n; j += block.n) {
            const char* right = packed ? panels + j * k * size : b + j * size;
            for (long i = 0; i < m; i += block.m) kernel(right, a + i * k * size, c + (i * n + j) * 4, count);
        }
    }
};

double seconds(Plan* plan) {
    timespec from, to;
    double best = 1e9;
    plan->run();
    for (int i = 0; i < 3; i++) {
        clock_gettime(CLOCK_MONOTONIC, &from);
        plan->run();
        clock_gettime(CLOCK_MONOTONIC, &to);
        double time = to.tv_sec - from.tv_sec + 1e-9 * (to.tv_nsec - from.tv_nsec);
        if (time < best) best = time;
    }
    return best;
}
}  // namespace

// libxsmm has no planner for whole matrices, so the best of a few blockings is taken: the peer at its strongest.
PEER_API Plan* gemm_create(int kind, int constant, int packed, long m, long n, long k, const void* a, const void* b, void* c) {
    libxsmm_init();
    if (kind != F32 && !(packed && constant == RIGHT)) return nullptr;  // dot products need the interleaved right operand
    Plan* best = nullptr;
    double time = 1e9;
    const Block blocks[] = {{32, 64, 64}, {64, 64, 64}, {64, 64, 128}, {32, 64, 256}, {64, 64, 256}, {64, 48, 128}, {32, 32, 32}};
    for (Block block : blocks) {
        auto* plan = new Blocked;
        plan->kind = kind, plan->m = m, plan->n = n, plan->k = k, plan->block = block, plan->packed = packed && constant == RIGHT;
        plan->a = (const char*)a, plan->b = (const char*)b, plan->c = (char*)c;
        double candidate = plan->prepare() ? seconds(plan) : 1e9;
        if (candidate < time) {
            time = candidate;
            Plan* slower = best;
            best = plan;
            delete slower;
            continue;
        }
        delete plan;
    }
    return best;
}

namespace {
struct Single final : Plan {
    Kernel kernel;
    unsigned long long count;
    const void *a, *b;
    void* c;
    void run() override { kernel(b, a, c, count); }
};
}  // namespace

// C (m x n) = sum over r of A_r * B_r, the terms `count` and contiguous; one term is the small GEMM.
PEER_API Plan* batch_reduce_create(long m, long n, long k, long count, const float* a, const float* b, float* c) {
    libxsmm_init();
    auto* plan = new Single;
    plan->count = count, plan->a = a, plan->b = b, plan->c = c;
    if (plan->kernel.compile(F32, (int)n, (int)m, (int)k, (int)n, (int)k, (int)n, (int)(k * n * 4), (int)(m * k * 4))) return plan;
    delete plan;
    return nullptr;
}

#if !XSMM2
namespace {
struct Spmdm final : Plan {
    libxsmm_spmdm_handle handle{};
    libxsmm_CSR_sparseslice* slices = nullptr;
    const float* b = nullptr;
    float* c = nullptr;
    ~Spmdm() override { libxsmm_spmdm_destroy(&handle); }
    void run() override {
        const float one = 1, zero = 0;
        int blocks = libxsmm_spmdm_get_num_compute_blocks(&handle);
        for (int i = 0; i < blocks; i++) libxsmm_spmdm_compute_fp32_thread(&handle, 'N', 'N', &one, slices, b, 'N', &zero, c, i, 0, 1);
    }
};
}  // namespace

// The sparse left operand is given densely and cut into slices outside the timing.
PEER_API Plan* spmdm_create(long m, long n, long k, const float* a, const float* b, float* c) {
    libxsmm_init();
    auto* plan = new Spmdm;
    plan->b = b, plan->c = c;
    libxsmm_spmdm_init((int)m, (int)n, (int)k, 1, &plan->handle, &plan->slices);
    int blocks = libxsmm_spmdm_get_num_createSparseSlice_blocks(&plan->handle);
    for (int i = 0; i < blocks; i++) libxsmm_spmdm_createSparseSlice_fp32_thread(&plan->handle, 'N', a, plan->slices, i, 0, 1);
    return plan;
}
#else
PEER_API Plan* spmdm_create(long, long, long, const float*, const float*, float*) { return nullptr; }
#endif

#if XSMM2
namespace {
struct FixedSpmm final : Plan {
    libxsmm_fsspmdm* handle = nullptr;
    const float* b = nullptr;
    float* c = nullptr;
    ~FixedSpmm() override { libxsmm_fsspmdm_destroy(handle); }
    void run() override { libxsmm_fsspmdm_execute(handle, b, c); }
};

libxsmm_timer_tickint ticks() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (libxsmm_timer_tickint)now.tv_sec * 1000000000 + now.tv_nsec;
}
}  // namespace

// Code for one sparse left operand: the library times its ways of doing it and keeps the fastest.
PEER_API Plan* fixed_spmm_create(long m, long n, long k, const float* a, const float* b, float* c) {
    libxsmm_init();
    const float one = 1, zero = 0;
    auto* plan = new FixedSpmm;
    plan->b = b, plan->c = c;
    plan->handle = libxsmm_fsspmdm_create(LIBXSMM_DATATYPE_F32, (int)m, (int)n, (int)k, (int)k, (int)n, (int)n, &one, &zero, a, 0, ticks);
    if (plan->handle) return plan;
    delete plan;
    return nullptr;
}
#else
PEER_API Plan* fixed_spmm_create(long, long, long, const float*, const float*, float*) { return nullptr; }
#endif
