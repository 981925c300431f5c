// oneDNN, 2.6 to 3.x: the matmul primitive, with the weights plain or in the layout that the primitive asks for. From 3.0 on: softmax, layer norm, and chains on lines. RMS norm
// and the product of compressed rows where the build has them.
#include <cstdio>
#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_version.h>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "plan.h"

using namespace dnnl;

PEER_API const char* peer_version() {
    static char text[64];
    const dnnl_version_t* v = dnnl_version();
    snprintf(text, sizeof text, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

namespace {
using Dt = memory::data_type;
using Tag = memory::format_tag;

engine& cpu() {
    static engine instance(engine::kind::cpu, 0);
    return instance;
}

memory::desc left_of(matmul::primitive_desc& p) { return p.src_desc(); }

matmul::primitive_desc describe(const memory::desc& a, const memory::desc& b, const memory::desc& c) {
#if DNNL_VERSION_MAJOR >= 3
    return matmul::primitive_desc(cpu(), a, b, c);
#else
    return matmul::primitive_desc(matmul::desc(a, b, c), cpu());
#endif
}

struct Matmul final : Plan {
    stream queue{cpu()};
    matmul primitive;
    memory a, b, c;
    void run() override {
        primitive.execute(queue, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
        queue.wait();
    }
};

// Copies an operand into the layout the primitive wants, where that differs from the plain one.
memory place(stream& queue, const memory::desc& plain, const memory::desc& wanted, const void* data) {
    memory given(plain, cpu(), const_cast<void*>(data));
    if (plain == wanted) return given;
    memory packed(wanted, cpu());
    reorder(given, packed).execute(queue, given, packed);
    queue.wait();
    return packed;
}
}  // namespace

PEER_API Plan* gemm_create(int kind, int constant, int packed, long m, long n, long k, const void* a, const void* b, void* c) {
    try {
        Dt left = kind == F32 ? Dt::f32 : kind == BF16F32 ? Dt::bf16 : kind == U8S8S32 ? Dt::u8 : Dt::s8;
        Dt right = kind == F32 ? Dt::f32 : kind == BF16F32 ? Dt::bf16 : Dt::s8;
        if (kind == U8S8S32 && constant == LEFT) return nullptr;  // the primitive wants the unsigned operand on the left
        Dt out = kind == F32 || kind == BF16F32 ? Dt::f32 : Dt::s32;
        memory::desc plain_a({m, k}, left, Tag::ab), plain_b({k, n}, right, Tag::ab), plain_c({m, n}, out, Tag::ab);
        memory::desc asked_a = packed && constant == LEFT ? memory::desc({m, k}, left, Tag::any) : plain_a;
        memory::desc asked_b = packed && constant == RIGHT ? memory::desc({k, n}, right, Tag::any) : plain_b;
        auto description = describe(asked_a, asked_b, plain_c);
        auto* plan = new Matmul;
        plan->primitive = matmul(description);
        plan->a = place(plan->queue, plain_a, left_of(description), a);
        plan->b = place(plan->queue, plain_b, description.weights_desc(), b);
        plan->c = memory(plain_c, cpu(), c);
        return plan;
    } catch (const dnnl::error& problem) {
        fprintf(stderr, "oneDNN: %s\n", problem.message);
        return nullptr;
    }
}

#ifdef DNNL_EXPERIMENTAL_SPARSE
// C = A B with A in compressed rows: an experiment, which a build has to switch on (ONEDNN_EXPERIMENTAL_SPARSE). Without it there is no such entry.
PEER_API Plan* csr_spmm_create(long m, long n, long k, const int* pointers, const int* columns, const float* values, const float* b, float* c) {
    try {
        memory::desc rows = memory::desc::csr({m, k}, Dt::f32, pointers[m], Dt::s32, Dt::s32), right({k, n}, Dt::f32, Tag::ab), out({m, n}, Dt::f32, Tag::ab);
        matmul primitive(describe(rows, right, out));
        auto* plan = new Matmul;
        plan->primitive = primitive;
        plan->a = memory(rows, cpu(), std::vector<void*>{const_cast<float*>(values), const_cast<int*>(columns), const_cast<int*>(pointers)});
        plan->b = memory(right, cpu(), const_cast<float*>(b));
        plan->c = memory(out, cpu(), c);
        return plan;
    } catch (const dnnl::error& problem) {
        fprintf(stderr, "oneDNN: %s\n", problem.message);
        return nullptr;
    }
}
#endif

namespace {
// The BLAS-like entries, which pack inside every call.
struct PlainGemm final : Plan {
    int kind;
    long m, n, k;
    const void *a, *b;
    void* c;
    void run() override {
        if (kind == F32) {
            dnnl_sgemm('N', 'N', m, n, k, 1.0f, (const float*)a, k, (const float*)b, n, 0.0f, (float*)c, n);
        } else {
            const int32_t offset = 0;
            dnnl_gemm_u8s8s32('N', 'N', 'F', m, n, k, 1.0f, (const uint8_t*)a, k, 0, (const int8_t*)b, n, 0, 0.0f, (int32_t*)c, n, &offset);
        }
    }
};
}  // namespace

PEER_API Plan* plain_gemm_create(int kind, long m, long n, long k, const void* a, const void* b, void* c) {
    if (kind != F32 && kind != U8S8S32) return nullptr;
    auto* plan = new PlainGemm;
    plan->kind = kind, plan->m = m, plan->n = n, plan->k = k, plan->a = a, plan->b = b, plan->c = c;
    return plan;
}

namespace {
struct LinePrimitive final : Plan {
    stream queue{cpu()};
    primitive work;
    std::unordered_map<int, memory> arguments;
    void run() override {
        work.execute(queue, arguments);
        queue.wait();
    }
};

#if DNNL_VERSION_MAJOR >= 3
// The flag has come between two builds that call themselves 3.8.0: what counts is whether these headers have it.
template <class Flags, class = void>
struct RmsNorm {
    static primitive of(const memory::desc&) { return primitive(); }
};

template <class Flags>
struct RmsNorm<Flags, std::void_t<decltype(Flags::rms_norm)>> {
    static primitive of(const memory::desc& all) {
        return layer_normalization_forward(
            layer_normalization_forward::primitive_desc(cpu(), prop_kind::forward_inference, all, all, 1e-5f, Flags::use_scale | Flags::rms_norm));
    }
};

primitive line_primitive(int line, const memory::desc& all, const memory::desc& vector) {
    constexpr auto inference = prop_kind::forward_inference;
    switch (line) {
        case SOFTMAX: return softmax_forward(softmax_forward::primitive_desc(cpu(), inference, algorithm::softmax_accurate, all, all, 1));
        case LAYER_NORM:
            return layer_normalization_forward(
                layer_normalization_forward::primitive_desc(cpu(), inference, all, all, 1e-5f, normalization_flags::use_scale | normalization_flags::use_shift));
        case RMS_NORM: return RmsNorm<normalization_flags>::of(all);
        case GELU: return eltwise_forward(eltwise_forward::primitive_desc(cpu(), inference, algorithm::eltwise_gelu_erf, all, all));
        default: {
            post_ops chain;
            chain.append_eltwise(algorithm::eltwise_gelu_erf, 0, 0);
            chain.append_binary(algorithm::binary_add, all);
            primitive_attr attributes;
            attributes.set_post_ops(chain);
            return binary(binary::primitive_desc(cpu(), algorithm::binary_add, all, vector, all, attributes));
        }
    }
}
#endif
}  // namespace

PEER_API Plan* line_create(int line, long lines, long length, void* x, void* gamma, void* beta, void* residual, void* y) {
#if DNNL_VERSION_MAJOR >= 3
    try {
        memory::desc all({lines, length}, Dt::f32, Tag::ab), vector({1, length}, Dt::f32, Tag::ab), scale({length}, Dt::f32, Tag::a);
        primitive work = line_primitive(line, all, vector);
        if (!work) return nullptr;
        auto* plan = new LinePrimitive;
        plan->work = work;
        plan->arguments = {
            {DNNL_ARG_SRC, memory(all, cpu(), x)},
            {DNNL_ARG_DST, memory(all, cpu(), y)},
            {DNNL_ARG_SCALE, memory(scale, cpu(), gamma)},
            {DNNL_ARG_SHIFT, memory(scale, cpu(), beta)},
            {DNNL_ARG_SRC_1, memory(vector, cpu(), beta)},
            {DNNL_ARG_ATTR_MULTIPLE_POST_OP(1) | DNNL_ARG_SRC_1, memory(all, cpu(), residual)},
        };
        return plan;
    } catch (const dnnl::error& problem) {
        fprintf(stderr, "oneDNN: %s\n", problem.message);
        return nullptr;
    }
#else
    return nullptr;  // 2.x describes these operations otherwise
#endif
}
