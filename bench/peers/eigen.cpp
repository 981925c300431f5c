// Eigen's compressed-row sparse times dense product.
#include <Eigen/Sparse>
#include <cstdio>

#include "plan.h"

PEER_API const char* peer_version() {
    static char text[64];
    snprintf(text, sizeof text, "Eigen %d.%d.%d", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
    return text;
}

namespace {
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Csr = Eigen::SparseMatrix<float, Eigen::RowMajor, int>;

struct Spmm final : Plan {
    Eigen::Map<const Csr> a;
    Eigen::Map<const Rows> b;
    Eigen::Map<Rows> c;
    Spmm(long m, long n, long k, const int* pointers, const int* columns, const float* values, const float* b, float* c)
        : a(m, k, pointers[m], pointers, columns, values), b(b, k, n), c(c, m, n) {}
    void run() override { c.noalias() = a * b; }
};
// The same with B and C stored column by column, which is how token-major operands lie: each column goes through the rows of A.
struct TokenSpmm final : Plan {
    Eigen::Map<const Csr> a;
    Eigen::Map<const Eigen::MatrixXf> b;
    Eigen::Map<Eigen::MatrixXf> c;
    TokenSpmm(long m, long n, long k, const int* pointers, const int* columns, const float* values, const float* b, float* c)
        : a(m, k, pointers[m], pointers, columns, values), b(b, k, n), c(c, m, n) {}
    void run() override { c.noalias() = a * b; }
};
}  // namespace

PEER_API Plan* csr_spmm_tokens_create(long m, long n, long k, const int* pointers, const int* columns, const float* values, const float* b, float* c) {
    return new TokenSpmm(m, n, k, pointers, columns, values, b, c);
}

PEER_API Plan* csr_spmm_create(long m, long n, long k, const int* pointers, const int* columns, const float* values, const float* b, float* c) {
    return new Spmm(m, n, k, pointers, columns, values, b, c);
}
