using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;

namespace Intarsia.Generators.Tests.Rules;

/// <summary>The rules as a table, on specs written by their names: no compiler is involved.</summary>
public class KernelRulesTests
{
    [Theory]
    // Plain and valid, one of each kind.
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("gemm_dense_bf16span-f16-bf16_r64_d128_c1_tt", "")]
    [InlineData("gemm_dense_s8r-s8k-f32_rN_d768_cN__dequantise-bias-gelu", "")]
    [InlineData("gemm_dense_s8r-u8-s32_rN_d768_cN__bias-relu", "")]
    [InlineData("gemm_dense_s4g32z-f32-f16_rN_d768_cN__bias-silu", "")]
    [InlineData("spmm_csr_f32-f32-s8_rN_dN_cN__relu-requantise", "")]
    [InlineData("spmm_srbcrs8_s4g64-u8t-u8_rN_d768_cN__dequantise-requantise", "")]
    [InlineData("brgemm_dense_bf16span-bf16-f32_r32_d32_c32_brstridebeta__bias-relu", "")]
    [InlineData("brgemm_dense_s8span-u8-s32_r32_d32_c32_brlist__relu", "")]
    // Operations without weights.
    [InlineData("elementwise_f32-f32_rN_cN__bias-gelu-residual", "")]
    [InlineData("elementwise_bf16-f16_rN_cN", "")]
    [InlineData("elementwise_s32k-u8_rN_c16_tt_ldxy__dequantise-silu-requantise", "")]
    [InlineData("elementwise_s8-s32_rN_cN__bias-relu", "")]
    [InlineData("elementwise_f32-f32_rN_cN_tr", "TPP0071")]
    [InlineData("elementwise_s4-f32_rN_cN__dequantise", "TPP0301")]
    [InlineData("elementwise_s16-f32_rN_cN__dequantise", "TPP0301")]
    [InlineData("elementwise_f32-s4_rN_cN", "TPP0301")]
    [InlineData("elementwise_f32-f32_rN_cN__dequantise", "TPP0051")]
    [InlineData("elementwise_s8-f32_rN_cN", "TPP0052")]
    [InlineData("elementwise_f32-s8_rN_cN__bias", "TPP0055")]
    [InlineData("elementwise_f32k-f32_rN_cN", "TPP0304")]
    [InlineData("elementwise_s8k-s32_rN_cN", "TPP0304")]
    [InlineData("elementwise_f32-s32_rN_cN", "TPP0308")]
    [InlineData("softmax_f32-f32_rN_c768", "")]
    [InlineData("softmax_bf16-f16_rN_cN_tt_scale0.125__multiply", "")]
    [InlineData("softmax_f16-u8_r16_cN_ldx_scale__requantise", "")]
    [InlineData("softmax_f32-f32_rN_cN_scale-1E-05", "TPP0072")]
    [InlineData("softmax_f32-f32_rN_cN_scale0", "TPP0072")]
    [InlineData("softmax_f32-f32_rN_cN_scaleNaN", "TPP0072")]
    [InlineData("softmax_f32-f32_rN_cN_rt", "TPP0071")]
    [InlineData("softmax_s8-f32_rN_cN", "TPP0301")]
    [InlineData("softmax_f32-s32_rN_cN", "TPP0308")]
    [InlineData("softmax_f32t-f32_rN_cN", "TPP0304")]
    [InlineData("softmax_f32-f32_rN_cN__dequantise", "TPP0051")]
    [InlineData("layernorm_f32-f32_rN_c768_gamma_beta", "")]
    [InlineData("layernorm_bf16-bf16_rN_cN_tt_beta_eps1E-06__residual", "")]
    [InlineData("rmsnorm_f16-s8_rN_cN_ldxy_gamma_eps0__requantise", "")]
    [InlineData("layernorm_f32-f32_rN_cN_gamma_eps-0.5", "TPP0072")]
    [InlineData("rmsnorm_f32-f32_rN_cN_epsNaN", "TPP0072")]
    [InlineData("rmsnorm_f32-f32_rN_cN_tr", "TPP0071")]
    [InlineData("rmsnorm_u8-f32_rN_cN", "TPP0301")]
    // Sampled products.
    [InlineData("sddmm_csr_f32span-f32-f32_rN_d64_cN_tr", "")]
    [InlineData("sddmm_srbcrs8_f16span-bf16-f16_rN_dN_cN_tr_ldwx_scale0.125_masked__gelu", "")]
    [InlineData("sddmm_nm2of4_s8span-u8-s32_r64_dN_c64_tr__bias-relu", "")]
    [InlineData("sddmm_csr_u8tspan-s8k-s8t_rN_dN_cN_tr_scale__dequantise-requantise", "")]
    [InlineData("sddmm_csr_s8span-s8-f32_rN_dN_cN_tr_masked__dequantise", "")]
    // Every order of the factors; the result has none.
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN", "")]
    [InlineData("sddmm_bsr16x16_f16span-f16-f32_rN_d64_cN_trr_ldwx", "")]
    [InlineData("sddmm_ell3_u8span-s8-s32_r8_dN_cN_ttr", "")]
    // Every pattern can be that of a result.
    [InlineData("sddmm_nm1of4v4_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_hyb1k5_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_win16x8_s8span-u8-s8t_rN_dN_cN_tr__dequantise-requantise", "")]
    [InlineData("sddmm_rcsc4_f16span-f16-f16_rN_dN_cN_scale_masked", "")]
    [InlineData("sddmm_gs16k4q65537s_f32span-f32-f32_rN_dN_cN_tr", "TPP0249")]
    [InlineData("sddmm_gs16k4q3s_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_ell4+csr_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_csr+ell4_f32span-f32-f32_rN_dN_cN_tr", "TPP0217")]
    [InlineData("sddmm_hyb0k5_f32span-f32-f32_rN_dN_cN_tr", "TPP0214")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_ptr", "TPP0023")]
    [InlineData("gemm_dense_f32span-f32-f32_rN_dN_cN_trr", "TPP0020")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tt", "TPP0023")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr_ldy", "TPP0016")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr__residual", "TPP0024")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr__multiply-relu", "TPP0024")]
    [InlineData("sddmm_csr_s8span-s8-s32_rN_dN_cN_tr_scale0.125", "TPP0025")]
    [InlineData("sddmm_csr_s8span-s8-s32_rN_dN_cN_tr_masked", "TPP0025")]
    [InlineData("sddmm_csr_f32span-f32-s8_rN_dN_cN_tr_masked__requantise", "TPP0025")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr_scale0", "TPP0072")]
    [InlineData("sddmm_csr_f32span-f32-f32_rN_dN_cN_tr_scaleNaN", "TPP0072")]
    [InlineData("sddmm_nm5of4_f32span-f32-f32_rN_dN_cN_tr", "TPP0201")]
    [InlineData("sddmm_srbcrs3_f32span-f32-f32_rN_dN_cN_tr", "TPP0202")]
    [InlineData("sddmm_dense_f32span-f32-f32_rN_dN_cN_tr", "TPP0209")]
    [InlineData("sddmm_csr_f32-f32-f32_rN_dN_cN_tr", "TPP0210")]
    [InlineData("sddmm_csr_s4span-s8-s32_rN_dN_cN_tr", "")]
    [InlineData("sddmm_csr_u4rspan-s4k-f16_rN_dN_cN__dequantise", "")]
    [InlineData("sddmm_srbcrs8_s16span-u8-s32_rN_d128_cN_tr", "")]
    [InlineData("sddmm_csr_s16span-u8-s32_rN_d1000_cN_tr", "TPP0307")]
    [InlineData("sddmm_csr_s16span-s16-s32_rN_dN_cN_tr", "TPP0307")]
    [InlineData("sddmm_csr_s16span-s16-s32_rN_dN_cN_tr_wrap", "")]
    [InlineData("sddmm_csr_s16span-u16-f32_rN_dN_cN_tr_wide__dequantise", "")]
    [InlineData("sddmm_csr_s16span-s16-s32_rN_dN_cN_tr_wide", "TPP0315")]
    [InlineData("sddmm_csr_s16span-s16-s64_rN_dN_cN_tr_wide", "TPP0301")]
    [InlineData("sddmm_csr_s12span-s16-s32_rN_dN_cN_tr", "TPP0301 TPP0311")]
    [InlineData("sddmm_csr_s8span-s12-s32_rN_dN_cN_tr", "TPP0301")]
    [InlineData("sddmm_csr_planes4span-planes4-s32_rN_dN_cN_tr", "TPP0301 TPP0311")]
    [InlineData("sddmm_csr_s4span-f32-f32_rN_dN_cN_tr", "TPP0302")]
    [InlineData("sddmm_csr_s8span-s32-s32_rN_dN_cN_tr", "TPP0301")]
    [InlineData("sddmm_csr_f32span-f32-u8_rN_dN_cN_tr__requantise", "TPP0301")]
    [InlineData("sddmm_csr_s8span-f32-f32_rN_dN_cN_tr", "TPP0302")]
    [InlineData("sddmm_csr_f32span-u8-f32_rN_dN_cN_tr", "TPP0302")]
    [InlineData("sddmm_csr_f32span-f32-f32t_rN_dN_cN_tr", "TPP0304")]
    [InlineData("sddmm_csr_f32span-f32-s32_rN_dN_cN_tr", "TPP0308")]
    [InlineData("sddmm_csr_s8span-s8-f32_rN_dN_cN_tr", "TPP0052")]
    // Extents and leading dimensions.
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_ldw", "TPP0016")]
    [InlineData("gemm_dense_f32span-f32-f32_rN_dN_cN_ldwxy", "")]
    // Patterns.
    [InlineData("spmm_nm1of4_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_nm0of4_f32-f32-f32_rN_dN_c1", "TPP0201")]
    [InlineData("spmm_nm4of4_f32-f32-f32_rN_dN_c1", "")]
    [InlineData("spmm_nm5of4_f32-f32-f32_rN_dN_c1", "TPP0201")]
    [InlineData("spmm_nm1of3_f32-f32-f32_rN_dN_c1", "TPP0201")]
    [InlineData("spmm_nm1of64_f32-f32-f32_rN_dN_c1", "TPP0201")]
    [InlineData("spmm_nm32of32_f32-f32-f32_rN_dN_c8", "")]
    [InlineData("spmm_srbcrs16_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_srbcrs0_f32-f32-f32_rN_dN_cN", "TPP0202")]
    [InlineData("spmm_srbcrs3_f32-f32-f32_rN_dN_cN", "TPP0202")]
    [InlineData("spmm_nm2of4v3_f32-f32-f32_rN_dN_cN", "TPP0202")]
    [InlineData("spmm_nm1of4v4_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_srbcrs32_f32-f32-f32_rN_dN_cN", "TPP0202")]
    [InlineData("spmm_bsr128x128_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_bsr3x5_s8r-s8-f32_rN_dN_cN__dequantise", "")]
    [InlineData("spmm_dbsr16x16_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("sddmm_dbsr16x16_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("spmm_dbsr0x4_f32-f32-f32_rN_dN_cN", "TPP0211")]
    [InlineData("spmm_bsr0x4_f32-f32-f32_rN_dN_cN", "TPP0211")]
    [InlineData("spmm_bsr4x1025_f32-f32-f32_rN_dN_cN", "TPP0211")]
    [InlineData("sddmm_bsr8x8_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("spmm_ell32_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("sddmm_ell7_f32span-f32-f32_rN_dN_cN_tr", "")]
    [InlineData("spmm_ell0_f32-f32-f32_rN_dN_cN", "TPP0213")]
    [InlineData("spmm_ell65537_f32-f32-f32_rN_dN_cN", "TPP0213")]
    [InlineData("spmm_hyb1k5_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_hyb8k0_s8r-s8-f32_rN_dN_cN__dequantise", "")]
    [InlineData("spmm_hyb0k5_f32-f32-f32_rN_dN_cN", "TPP0214")]
    [InlineData("spmm_rcsc0_f32-f32-f32_rN_dN_cN", "TPP0247")]
    [InlineData("spmm_rcsc1025_f32-f32-f32_rN_dN_cN", "TPP0247")]
    [InlineData("spmm_gs0k1_f32-f32-f32_rN_dN_cN", "TPP0249")]
    [InlineData("spmm_gs12k2_f32-f32-f32_rN_dN_cN", "TPP0249")]
    [InlineData("spmm_gs64k2_f32-f32-f32_rN_dN_cN", "TPP0249")]
    [InlineData("spmm_gs16k0_f32-f32-f32_rN_dN_cN", "TPP0249")]
    [InlineData("spmm_gs16k3_f32-f32-f32_rN_dN_cN", "TPP0249")]
    [InlineData("spmm_gs16k4q65537s_f32-f32-f32_rN_dN_cN", "TPP0249")]
    [InlineData("spmm_ell2+gs16k1_f32-f32-f32_rN_dN_cN", "TPP0216")]
    [InlineData("spmm_ell2+rcsc1_f32-f32-f32_rN_dN_cN", "TPP0216")]
    [InlineData("spmm_hyb1k17_f32-f32-f32_rN_dN_cN", "TPP0214")]
    [InlineData("spmm_win16x8_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_nm2of4+win16x8_s8r-s8-f32_rN_dN_cN__dequantise", "")]
    [InlineData("spmm_win16x8+csr_f32-f32-f32_rN_dN_cN", "TPP0217")]
    [InlineData("spmm_bsr16x16f50+csr_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_nm2of4+srbcrs4f60+hyb2k3_s8r-s8-f32_rN_dN_cN__dequantise", "")]
    [InlineData("spmm_csr+ell4_f32-f32-f32_rN_dN_cN", "TPP0217")]
    [InlineData("spmm_bsr16x16+csr_f32-f32-f32_rN_dN_cN", "TPP0217")]
    [InlineData("spmm_ell4+dense_f32-f32-f32_rN_dN_cN", "TPP0216")]
    [InlineData("spmm_nm5of4+csr_f32-f32-f32_rN_dN_cN", "TPP0201")]
    [InlineData("spmm_ell4+bsr4x4f50_f32-f32-f32_rN_dN_cN", "TPP0218")]
    [InlineData("spmm_bsr4x4f101+csr_f32-f32-f32_rN_dN_cN", "TPP0218")]
    [InlineData("spmm_bsr4x4f50_f32-f32-f32_rN_dN_cN", "TPP0218")]
    [InlineData("sddmm_bsr4x4t_f32span-f32-f32_rN_dN_cN_tr", "TPP0219")]
    [InlineData("gemm_denset_f32-f32-f32_rN_dN_cN", "TPP0219")]
    [InlineData("spmm_bsr3x3t_pot4bt-f32-f32_rN_dN_cN", "TPP0219")]
    [InlineData("spmm_bsr4x4t_s8r-f32-f32_rN_dN_cN", "TPP0248")]
    [InlineData("spmm_csrt_s8g32-s8-f32_rN_dN_cN__dequantise", "TPP0248")]
    [InlineData("spmm_srbcrs8t_s8t-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_bsr16x16f50+csrt_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("gemm_csr_f32-f32-f32_rN_dN_cN", "TPP0204")]
    [InlineData("brgemm_csr_f32span-f32-f32_rN_dN_cN_brstride", "TPP0204")]
    [InlineData("spmm_dense_f32-f32-f32_rN_dN_cN", "TPP0205")]
    [InlineData("spmm_csr_f32span-f32-f32_rN_dN_cN", "TPP0206")]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_tt_rel8", "")]
    [InlineData("rgms_dense_f16-bf16-s8_r30_d17_c9_tt_ldxy_rel3_edgesf16__bias-relu-requantise", "")]
    [InlineData("rgms_dense_s8r-u8t-f32_rN_d64_cN_tt_rel1_edgess8__dequantise-gelu", "")]
    [InlineData("rgms_dense_s8r-f32-f32_rN_d64_cN_tt_rel2", "")]
    [InlineData("rgms_dense_s8-s8-s32_rN_d70000_cN_tt_rel2_edgess8", "")]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_tt_rel0", "TPP0250")]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_tt_rel65537", "TPP0250")]
    [InlineData("rgms_dense_f32-f32-f32_rN_d1000000000_cN_tt_rel3", "TPP0250")]
    [InlineData("rgms_dense_f32span-f32-f32_rN_d8_cN_tt_rel8", "TPP0251")]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_rt_rel8", "TPP0251")]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_tr_rel8", "TPP0251")]
    [InlineData("rgms_dense_f32-f32-f32_rN_dN_cN_tt_rel8_edgess8", "TPP0251")]
    [InlineData("rgms_dense_s8r-u8-f32_rN_dN_cN_tt_rel8__dequantise", "TPP0251")]
    [InlineData("rgms_dense_s8g32-f32-f32_rN_dN_cN_tt_rel8", "TPP0251")]
    [InlineData("rgms_dense_s8r-s8k-f32_rN_dN_cN_tt_rel8_edgess8__dequantise", "TPP0251")]
    [InlineData("rgms_dense_s8rz-s8-f32_rN_dN_cN_tt_rel8_edgess8__dequantise", "TPP0251")]
    [InlineData("rgms_dense_s8-s8-s64_rN_dN_cN_tt_wide_rel8_edgess8", "TPP0251")]
    [InlineData("rgms_dense_tf32-f32-f32_rN_dN_cN_tt_rel8", "TPP0301")]
    [InlineData("rgms_dense_f32-tf32-f32_rN_dN_cN_tt_rel8", "TPP0301")]
    [InlineData("rgms_csr_f32-f32-f32_rN_dN_cN_tt_rel8", "TPP0204")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d12_cN", "")]
    [InlineData("butterfly_dense_f16span-bf16-s8_r300_d100_c7_tr_blocks3_decreasing_complex__relu-requantise", "")]
    [InlineData("butterfly_dense_f32span-f32-f32_rN_d12_cN", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_dN_cN", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d1_cN", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d2_cN_complex", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d65537_cN", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r21_d12_cN_complex", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d11_cN_complex", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d12_cN_blocks0", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d12_cN_blocks65", "TPP0245")]
    [InlineData("butterfly_dense_f32span-f32-f32_r2000000000_d12_cN", "TPP0245")]
    [InlineData("butterfly_dense_f32-f32-f32_r20_d12_cN", "TPP0246")]
    [InlineData("butterfly_dense_f32span-f32-f32_r20_d12_cN_ldw", "TPP0246")]
    [InlineData("butterfly_dense_tf32span-f32-f32_r20_d12_cN", "TPP0301")]
    [InlineData("butterfly_dense_f32span-tf32-f32_r20_d12_cN", "TPP0301")]
    // Formats.
    [InlineData("gemm_dense_u8-u8-s32_rN_dN_cN", "")]
    [InlineData("gemm_dense_s64-s8-s64_rN_dN_cN_wide", "TPP0301")]
    [InlineData("gemm_dense_s16-s12-s32_rN_dN_cN", "TPP0301")]
    [InlineData("gemm_dense_s8-u12-s32_rN_dN_cN", "TPP0301")]
    [InlineData("gemm_dense_s32-s8-s32_rN_dN_cN", "TPP0301")]
    [InlineData("gemm_dense_s8r-s4-s32_rN_dN_cN", "")]
    [InlineData("spmm_srbcrs8_s12-s4-s32_rN_dN_cN", "")]
    [InlineData("spmm_csr_u4r-u16-f32_rN_dN_cN__dequantise", "")]
    [InlineData("gemm_dense_f32-s32-f32_rN_dN_cN", "TPP0301")]
    [InlineData("gemm_dense_f32-f32-s4_rN_dN_cN", "TPP0301")]
    [InlineData("gemm_dense_f32-s8-f32_rN_dN_cN", "TPP0302")]
    [InlineData("gemm_dense_f16-u8-f32_rN_dN_cN", "TPP0302")]
    [InlineData("gemm_dense_f32-s16-f32_rN_dN_cN", "TPP0302")]
    [InlineData("gemm_dense_u8r-f32-f32_rN_dN_cN", "TPP0302")]
    [InlineData("gemm_dense_s16r-bf16-f32_rN_dN_cN", "TPP0302")]
    // Scales.
    [InlineData("gemm_dense_s8-f32-f32_rN_dN_cN", "TPP0303")]
    [InlineData("gemm_dense_s4-bf16-f32_rN_dN_cN", "TPP0303")]
    [InlineData("gemm_dense_f32r-f32-f32_rN_dN_cN", "TPP0304")]
    [InlineData("gemm_dense_s8r-f32k-f32_rN_dN_cN", "TPP0304")]
    [InlineData("gemm_dense_s8r-s8k-s32_rN_dN_cN", "TPP0304")]
    [InlineData("gemm_dense_s8rspan-s8-s32_rN_dN_cN", "TPP0304")]
    [InlineData("gemm_dense_s8g0-f32-f32_rN_dN_cN", "TPP0305")]
    [InlineData("gemm_dense_s8g4-f32-f32_rN_dN_cN", "TPP0305")]
    [InlineData("gemm_dense_s8g8-f32-f32_rN_dN_cN", "")]
    [InlineData("gemm_dense_s8g20-f32-f32_rN_d20_cN", "")]
    [InlineData("gemm_dense_s8g20-f32-f32_rN_d21_cN", "TPP0305")]
    [InlineData("spmm_nm1of16_s8g24-f32-f32_rN_dN_cN", "TPP0305")]
    [InlineData("spmm_nm1of16_s8g32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_nm1of4_s8g24-f32-f32_rN_dN_cN", "")]
    [InlineData("gemm_dense_f32z-f32-f32_rN_dN_cN", "TPP0306")]
    [InlineData("gemm_dense_s8z-s8-s32_rN_dN_cN", "TPP0306")]
    [InlineData("gemm_dense_u8rz-s8-s32_rN_dN_cN", "TPP0306")]
    [InlineData("gemm_dense_s16rz-s8-s32_rN_dN_cN", "TPP0306")]
    [InlineData("gemm_dense_s8g32-s8-s32_rN_dN_cN", "TPP0313")]
    [InlineData("gemm_dense_s4tspan-f32-f32_rN_dN_cN", "TPP0311")]
    [InlineData("gemm_dense_s8g32span-f32-f32_rN_dN_cN", "TPP0311")]
    [InlineData("gemm_dense_s8rzspan-f32-f32_rN_dN_cN", "TPP0311")]
    [InlineData("gemm_dense_s12span-s16-s32_rN_dN_cN", "TPP0311")]
    [InlineData("gemm_dense_u4span-u8-s32_rN_dN_cN", "TPP0311")]
    [InlineData("gemm_dense_u16span-u8-s32_rN_dN_cN", "")]
    // Accumulator. 128·255·65793 is the last sum of s8 times u8 that fits; 255·255·33025 with zero points; 128·128·131071 of s8 times s8.
    [InlineData("gemm_dense_s8r-u8-s32_rN_d65793_cN", "")]
    [InlineData("gemm_dense_s8r-u8-s32_rN_d65794_cN", "TPP0307")]
    [InlineData("gemm_dense_s8r-u8-s32_rN_d65794_cN_wrap", "")]
    [InlineData("gemm_dense_s8r-u8-s32_rN_dN_cN", "")]
    [InlineData("gemm_dense_s8rz-u8-s32_rN_d33025_cN", "")]
    [InlineData("gemm_dense_s8rz-u8-s32_rN_d33026_cN", "TPP0307")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_d131071_cN", "")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_d131072_cN", "TPP0307")]
    [InlineData("gemm_dense_s4r-u8-s32_rN_d1000000_cN", "")]
    [InlineData("gemm_dense_s4r-u8-s32_rN_d1052689_cN", "TPP0307")]
    [InlineData("gemm_dense_s8g64-u8-f32_rN_d1000000_cN__dequantise", "")]
    [InlineData("spmm_nm1of4_s8r-u8-s32_rN_d263172_cN", "")]
    [InlineData("spmm_nm1of4_s8r-u8-s32_rN_d263176_cN", "TPP0307")]
    // 2¹⁵·2¹⁵ twice is 2³¹: no sum of 32 bits, whatever the depth. 2¹¹·2³·131071 fits; a batch of unknown length is no less than two products.
    [InlineData("gemm_dense_s16-s16-s32_rN_d1_cN", "")]
    [InlineData("gemm_dense_s16-s16-s32_rN_d2_cN", "TPP0307")]
    [InlineData("gemm_dense_s16-s16-s32_rN_dN_cN", "TPP0307")]
    [InlineData("gemm_dense_u16-u16-s32_rN_d1_cN", "TPP0307")]
    [InlineData("spmm_srbcrs8_u16-s16-s32_rN_dN_cN_wrap", "")]
    [InlineData("spmm_srbcrs8_s16-s16-s64_rN_dN_cN_wide", "")]
    [InlineData("gemm_dense_s16-s8-s32_rN_dN_cN", "")]
    [InlineData("gemm_dense_s12-s4-s32_rN_d131071_cN", "")]
    [InlineData("gemm_dense_s12-s4-s32_rN_d131072_cN", "TPP0307")]
    [InlineData("gemm_dense_s12-s4-s64_rN_d131072_cN_wide", "")]
    [InlineData("gemm_dense_s16g32-s16-f32_rN_dN_cN__dequantise", "TPP0307")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_wrap", "TPP0312")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN_wide", "TPP0312")]
    [InlineData("gemm_dense_s8r-f32-f32_rN_dN_cN_wide", "TPP0312")]
    // Sums of 64 bits.
    [InlineData("brgemm_dense_s8span-s8-s32_rN_dN_cN_brlist_wide", "TPP0314")]
    [InlineData("gemm_dense_s8g32-s8-f32_rN_dN_cN_wide__dequantise", "TPP0314")]
    [InlineData("gemm_dense_s16-s16-s64_rN_dN_cN_wide__relu", "TPP0314")]
    [InlineData("gemm_dense_s16r-s16-f32_rN_dN_cN_wide__dequantise-relu", "")]
    [InlineData("spmm_srbcrs4_binaryr-s8-f32_rN_dN_cN__dequantise", "TPP0320")]
    [InlineData("spmm_csr_binaryt-f32-f32_rN_dN_cN", "TPP0320")]
    [InlineData("spmm_csr_bcq2r-f32-f32_rN_dN_cN", "TPP0320")]
    [InlineData("gemm_dense_bcq2r-s8-s32_rN_dN_cN", "TPP0321")]
    [InlineData("gemm_dense_bcq2g32-s8-s32_rN_dN_cN", "TPP0321")]
    [InlineData("gemm_dense_bcq2-f32-f32_rN_dN_cN", "TPP0322")]
    [InlineData("gemm_dense_planes2-planes4-s32_rN_dN_cN", "")]
    [InlineData("gemm_dense_planes7rz-signs8k-f32_rN_d4096_cN__dequantise", "")]
    [InlineData("gemm_dense_signs8-signs8-s32_rN_dN_cN_wrap", "")]
    [InlineData("gemm_dense_planes2-s8-s32_rN_dN_cN", "TPP0325")]
    [InlineData("gemm_dense_u2-planes1-s32_rN_dN_cN", "TPP0325")]
    [InlineData("spmm_csr_s8-signs1-s32_rN_dN_cN", "TPP0325")]
    [InlineData("gemm_dense_planes2r-f32-f32_rN_dN_cN", "TPP0302")]
    [InlineData("gemm_dense_f32-signs2-f32_rN_dN_cN", "TPP0302")]
    [InlineData("gemm_dense_planes8rz-planes1-s32_rN_dN_cN", "TPP0306")]
    [InlineData("gemm_dense_signs2rz-planes1-s32_rN_dN_cN", "TPP0306")]
    [InlineData("gemm_dense_planes8-planes8-s32_rN_d33025_cN", "")]
    [InlineData("gemm_dense_planes8-planes8-s32_rN_d33026_cN", "TPP0307")]
    [InlineData("gemm_dense_planes2span-planes4-s32_rN_dN_cN", "TPP0311")]
    [InlineData("spmm_csr_signs2-planes1-s32_rN_dN_cN", "TPP0320")]
    [InlineData("spmm_csr_planes2-planes4-s32_rN_dN_cN", "TPP0326")]
    [InlineData("gemm_dense_planes2g32-planes4-f32_rN_dN_cN__dequantise", "TPP0326")]
    [InlineData("gemm_dense_planes2-planes4-s64_rN_dN_cN_wide", "TPP0326")]
    // X and Y in planes.
    [InlineData("gemm_dense_planes2-planes4-s32_rN_dN_cN_pt", "")]
    [InlineData("gemm_dense_planes2r-planes4-signs3_rN_dN_cN_pp__dequantise-requantise", "")]
    [InlineData("gemm_dense_signs8t-planes8-planes1_rN_dN_c1_rp__dequantise-bias-relu-requantise", "")]
    [InlineData("gemm_dense_planes2r-planes4-planes2_rN_dN_cN_pp__dequantise", "TPP0055")]
    [InlineData("gemm_dense_planes2r-planes4-planes2_rN_dN_cN_pp__requantise", "TPP0052")]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN_pt", "TPP0323")]
    [InlineData("gemm_dense_planes2r-planes4-s8_rN_dN_cN_tp__dequantise-requantise", "TPP0323")]
    [InlineData("gemm_dense_planes2r-planes4-planes2_rN_dN_cN_tt__dequantise-requantise", "TPP0324")]
    [InlineData("gemm_dense_s8r-s8-planes2_rN_dN_cN_tp__dequantise-requantise", "TPP0328")]
    [InlineData("gemm_dense_bcq2z-f32-f32_rN_dN_cN", "TPP0322")]
    [InlineData("gemm_dense_bcq2-s8-f32_rN_dN_cN__dequantise", "TPP0322")]
    [InlineData("gemm_dense_pot4b-f32-f32_rN_dN_cN", "TPP0329")]
    [InlineData("spmm_bsr4x4_pot4br-f32-f32_rN_dN_cN", "TPP0329")]
    [InlineData("spmm_csr_pot4br-f32-f32_rN_dN_cN", "TPP0329")]
    [InlineData("gemm_dense_pot4bg32-f32-f32_rN_d32_cN", "TPP0305")]
    [InlineData("gemm_dense_pot4br-s8-f32_rN_dN_cN__dequantise", "TPP0302")]
    [InlineData("gemm_dense_bcq2g12-f32-f32_rN_dN_cN", "TPP0305")]
    [InlineData("gemm_dense_bcq2rspan-f32-f32_rN_dN_cN", "TPP0311")]
    [InlineData("gemm_dense_bcq8g32z-s8k-s8_rN_dN_cN__dequantise-requantise", "")]
    [InlineData("gemm_dense_bcq1t-f16-f32_rN_dN_c1__bias", "")]
    [InlineData("gemm_dense_bcq8r-u16-f32_rN_d30000_cN__dequantise", "")]
    [InlineData("gemm_dense_s8-s8-s64_rN_dN_cN", "TPP0315")]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN_wide", "TPP0315")]
    [InlineData("gemm_dense_s8-s8-s64_rN_dN_cN_wrap", "TPP0315")]
    [InlineData("elementwise_s32-s64_rN_cN", "TPP0315")]
    [InlineData("gemm_dense_f32-f32-s32_rN_dN_cN", "TPP0308")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN__dequantise", "TPP0308")]
    [InlineData("gemm_dense_s8r-f32-s32_rN_dN_cN", "TPP0308")]
    [InlineData("gemm_dense_f32-f32-s64_rN_dN_cN", "TPP0308")]
    [InlineData("gemm_dense_s16r-s16-s64_rN_dN_cN_wide__dequantise", "TPP0308")]
    // Chains.
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN__dequantise", "TPP0051")]
    [InlineData("gemm_dense_s8r-f32-f32_rN_dN_cN__dequantise", "TPP0051")]
    [InlineData("gemm_dense_s8r-s8-f32_rN_dN_cN", "TPP0052")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN__gelu", "TPP0052")]
    [InlineData("gemm_dense_s8r-s8-s8_rN_dN_cN__requantise", "TPP0052")]
    [InlineData("gemm_dense_s8r-s8-f32_rN_dN_cN__relu-dequantise", "TPP0053")]
    [InlineData("gemm_dense_s8r-s8-f32_rN_dN_cN__dequantise-dequantise", "TPP0053")]
    [InlineData("gemm_dense_f32-f32-s8_rN_dN_cN__requantise-relu", "TPP0053")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN__requantise", "TPP0054")]
    [InlineData("gemm_dense_f32-f32-u8_rN_dN_cN__relu", "TPP0055")]
    // Batch-reduce.
    [InlineData("brgemm_dense_f32-f32-f32_rN_dN_cN_broffsets", "TPP0061")]
    [InlineData("brgemm_dense_f32span-f32-f32_rN_dN_cN_tr_broffsets", "TPP0061")]
    [InlineData("brgemm_dense_s8rspan-s8-s32_rN_dN_cN_brlist", "TPP0061")]
    [InlineData("brgemm_dense_s8span-s8k-s32_rN_dN_cN_brlist", "TPP0061")]
    [InlineData("brgemm_dense_s8span-s8-s32_rN_dN_cN_brlistbeta", "TPP0063")]
    [InlineData("brgemm_dense_f32span-f32-f16_rN_dN_cN_brlist", "TPP0064")]
    [InlineData("brgemm_dense_s4span-s8-s32_rN_dN_cN_brlist", "TPP0064")]
    [InlineData("brgemm_dense_s8span-f32-f32_rN_dN_cN_brlist", "TPP0064")]
    // Information.
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN", "")]
    [InlineData("spmm_nm1of2_bf16-f32-f32_rN_dN_cN_tt", "")]
    [InlineData("spmm_nm3of4_f32-f32-f32_rN_dN_cN", "TPP0901")]
    [InlineData("spmm_nm3of4_f32-f32-f32_rN_dN_c8", "")]
    [InlineData("spmm_nm3of4_f32-f32-f32_rN_dN_c9", "TPP0901")]
    [InlineData("spmm_nm16of32_f32-f32-f32_rN_dN_cN", "TPP0901")]
    [InlineData("spmm_nm2of4_s8-s8-s32_rN_dN_cN_tt", "TPP0901")]
    [InlineData("spmm_nm1of2_s8-s8-s32_rN_dN_cN_tt", "TPP0901")]
    public void Check_Spec_BreaksExactly(string name, string expected)
    {
        KernelSpec spec = KernelName.Parse(name);
        Assert.Equal(name, spec.ToString());
        Assert.Equal(expected, string.Join(" ", KernelRules.Check(spec).Select(violation => violation.Id).Distinct()));
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(0, -7, 0)]
    [InlineData(0, 0, int.MinValue)]
    public void Check_NegativeExtent_BreaksTPP0015(int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f32-f32-f32_rN_dN_cN") with { Rows = new Extent(rows), Depth = new Extent(depth), Columns = new Extent(columns) };
        Assert.Equal(["TPP0015"], KernelRules.Check(spec).Select(violation => violation.Id));
    }

    [Theory]
    [InlineData(Pattern.Csr, 1, 0, 0, "N")]
    [InlineData(Pattern.Csr, 0, 4, 0, "M")]
    [InlineData(Pattern.Csr, 0, 0, 4, "V")]
    [InlineData(Pattern.VectorRows, 1, 0, 4, "N")]
    public void Check_ForeignPatternParameter_BreaksTPP0203(Pattern kind, int n, int m, int v, string named)
    {
        KernelSpec spec = KernelName.Parse("spmm_csr_f32-f32-f32_rN_dN_cN");
        spec = spec with { Weights = spec.Weights with { Pattern = new PatternSpec(kind, n, m, v) } };
        RuleViolation violation = Assert.Single(KernelRules.Check(spec));
        Assert.Equal("TPP0203", violation.Id);
        Assert.Equal(named, violation.Arguments[1]);
    }

    [Theory]
    [InlineData(Per.Row, Per.Row, "TPP0310")]
    [InlineData(Per.Row, Per.Group, "TPP0310")]
    [InlineData(Per.Token, Per.Token, "TPP0310")]
    [InlineData(Per.Tensor, Per.Tensor, "")]
    public void Check_ScaleKind_BreaksTPP0310(Per weights, Per x, string expected)
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_s8r-s8k-f32_rN_dN_cN__dequantise");
        spec = spec with { Weights = spec.Weights with { Scale = weights }, X = spec.X with { Scale = x } };
        Assert.Equal(expected, string.Join(" ", KernelRules.Check(spec).Select(violation => violation.Id)));
    }

    [Theory]
    [InlineData(Tier.Avx512, 8, 3, 0, "")]
    [InlineData(Tier.Avx512, 9, 3, 0, "")]
    [InlineData(Tier.Avx512, 14, 2, 0, "")]
    [InlineData(Tier.Avx512, 10, 3, 0, "TPP0102")]
    [InlineData(Tier.Avx2, 4, 3, 0, "")]
    [InlineData(Tier.Avx2, 6, 2, 0, "")]
    [InlineData(Tier.Avx2, 5, 3, 0, "TPP0102")]
    [InlineData(Tier.AdvSimd, 8, 3, 0, "")]
    [InlineData(Tier.Vector128, 8, 3, 0, "TPP0102")]
    [InlineData(Tier.Avx512, 8, 0, 0, "")]
    [InlineData(Tier.Avx512, 17, 1, 0, "TPP0101")]
    [InlineData(Tier.Avx512, -1, 1, 0, "TPP0101")]
    [InlineData(Tier.Avx512, 1, 7, 0, "TPP0101")]
    [InlineData(Tier.Avx512, 8, 3, 100, "TPP0101")]
    [InlineData(Tier.Avx512, 8, 3, -32, "TPP0101")]
    [InlineData(Tier.Avx512, 8, 3, 128, "")]
    [InlineData(Tier.Scalar, 16, 6, 0, "")]
    public void Check_Tile_Breaks(Tier tier, int height, int vectors, int depth, string expected)
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f32-f32-f32_rN_dN_cN") with { Tiles = EquatableArray.Of(new TileOverride(tier, height, vectors, depth)) };
        Assert.Equal(expected, string.Join(" ", KernelRules.Check(spec).Select(violation => violation.Id)));
    }

    [Theory]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", Tier.Avx512, 64, "")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", Tier.Avx512, 65, "TPP0101")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", Tier.Avx512, -1, "TPP0101")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", Tier.Avx512Native, 2, "")]
    [InlineData("gemm_dense_s8g32-s8-f32_rN_dN_cN__dequantise", Tier.Avx2, 2, "TPP0107")]
    [InlineData("gemm_dense_s8g32-s8-f32_rN_dN_cN__dequantise", Tier.Avx2, 1, "")]
    [InlineData("gemm_dense_s8g32-f32-f32_rN_dN_cN", Tier.Avx2, 2, "")]
    [InlineData("spmm_csr_f32-f32-f32_rN_dN_cN", Tier.Avx2, 2, "TPP0107")]
    // Integers of N:M weights run dense where a quarter is left; machine code brings activations to where fewer are.
    [InlineData("spmm_nm1of4_s8-s8-s32_rN_dN_cN_tt", Tier.Avx2, 2, "")]
    [InlineData("spmm_nm1of8_s8-s8-s32_rN_dN_cN_tt", Tier.Avx2, 2, "TPP0107")]
    [InlineData("spmm_nm1of8_s8-s8-s32_rN_dN_cN_tt", Tier.Avx512Native, 2, "")]
    public void Check_Slices_Breaks(string name, Tier tier, int slices, string expected)
    {
        KernelSpec spec = KernelName.Parse(name) with { Tiles = EquatableArray.Of(new TileOverride(tier, 0, 0, 0, slices)) };
        Assert.Equal(expected, string.Join(" ", KernelRules.Check(spec).Where(violation => violation.Part.Kind == PartKind.Tile).Select(violation => violation.Id)));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(1024, "")]
    [InlineData(0, "TPP0110")]
    [InlineData(-2, "TPP0110")]
    [InlineData(1025, "TPP0110")]
    public void Check_Threads_Breaks(int threads, string expected)
    {
        foreach (string name in new[] { "gemm_dense_f32-f32-f32_rN_dN_cN", "softmax_f32-f32_rN_cN" })
            Assert.Equal(expected, string.Join(" ", KernelRules.Check(KernelName.Parse(name) with { Threads = threads }).Select(violation => violation.Id)));
    }

    [Fact]
    public void Check_TileThatSpills_CountsRegistersAndNamesOneThatFits()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f32-f32-f32_rN_dN_cN") with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512, 12, 3, 0)) };
        string message = Assert.Single(KernelRules.Check(spec)).Message;
        Assert.Contains("needs 40 registers (36 accumulators, 3 operands, 1 broadcast), but the tier has 32", message);
        Assert.Contains("choose 9x3", message);
    }

    [Theory]
    // Scale groups keep two sets of accumulators; a sparse kernel is as high as its vectors, whatever the tile says.
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", 8, 3, "")]
    [InlineData("gemm_dense_s8g32-s8-f32_rN_dN_cN__dequantise", 8, 3, "8x3 needs 52, 48 accumulators, choose 4x3")]
    [InlineData("gemm_dense_s8g32-f32-f32_rN_dN_cN", 8, 3, "")]
    [InlineData("spmm_csr_f32-f32-f32_rN_dN_cN", 16, 6, "")]
    [InlineData("spmm_srbcrs16_f32-f32-f32_rN_dN_cN", 1, 2, "16x2 needs 35, 32 accumulators, choose 16x1")]
    public void Check_TileOfAvx512_CountsWhatTheKernelKeeps(string name, int height, int vectors, string expected)
    {
        KernelSpec spec = KernelName.Parse(name) with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512, height, vectors, 0)) };
        IEnumerable<string> found = KernelRules.Check(spec).Select(violation => violation.Arguments).Select(a => $"{a[0]}x{a[1]} needs {a[3]}, {a[4]} accumulators, choose {a[6]}");
        Assert.Equal(expected, string.Join("; ", found));
    }

    [Theory]
    // AVX-VNNI is encoded with VEX, which reaches 16 registers; the same kernel's AVX-512 form has a tile of its own.
    [InlineData(Tier.Avx512Vnni, 4, 3, "")]
    [InlineData(Tier.Avx512Vnni, 8, 3, "TPP0102")]
    [InlineData(Tier.Avx512, 8, 3, "")]
    public void Check_TileOfDotProductVariant_CountsItsRegisters(Tier tier, int height, int vectors, string expected)
    {
        EquatableArray<TileOverride> tiles = EquatableArray.Of(new TileOverride(tier, height, vectors, 0), new TileOverride(Tier.Avx2Vnni, 4, 3, 0), new TileOverride(Tier.Avx2, 4, 3, 0));
        Assert.Equal(expected, string.Join(" ", KernelRules.Check(KernelName.Parse("gemm_dense_s8r-s8-s32_rN_dN_cN") with { Tiles = tiles }).Select(violation => violation.Id)));
    }

    [Theory]
    // Nothing spills in machine code; what the planner adds to half a tile counts. A kernel without such a form has a tile that does nothing.
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", 9, 3, "")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", 10, 3, "TPP0413")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", 10, 0, "TPP0413")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", 0, 4, "TPP0413")]
    [InlineData("gemm_dense_s8g32-s8-f32_rN_dN_cN__dequantise", 5, 3, "TPP0413")]
    [InlineData("gemm_dense_bf16-bf16-f32_rN_dN_cN", 14, 2, "")]
    [InlineData("gemm_dense_bf16-bf16-f32_rN_dN_cN", 15, 2, "TPP0413")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", 15, 2, "TPP0102")]
    public void Check_TileOfMachineCode_Fits(string name, int height, int vectors, string expected)
    {
        KernelSpec spec = KernelName.Parse(name) with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512Native, height, vectors, 0)) };
        Assert.Equal(expected, string.Join(" ", KernelRules.Check(spec).Select(violation => violation.Id)));
    }

    [Theory]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", Tier.Avx512Vnni, "")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", Tier.Avx512, "")]
    [InlineData("gemm_dense_s8r-s8-s32_rN_dN_cN", Tier.Avx2Vnni, "TPP0402")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", Tier.Avx512Vnni, "TPP0402")]
    [InlineData("gemm_dense_f32-f32-f32_rN_dN_cN", Tier.AdvSimd, "TPP0402")]
    public void TilesAreEmitted_ForAvx512Only_ReportsTheOthers(string name, Tier tier, string expected)
    {
        KernelSpec spec = KernelName.Parse(name) with { Tiles = EquatableArray.Of(new TileOverride(tier, 4, 3, 0)) };
        Assert.Equal(expected, string.Join(" ", BuildRules.TilesAreEmitted(spec, EquatableArray.Of(Tier.Avx512)).Select(violation => violation.Id)));
    }

    [Theory]
    [InlineData(false, "Warps", "A tile for tier Avx2 has no Warps; it has Height, Vectors, Depth and Slices")]
    [InlineData(true, "Vectors", "A tile for architecture Sm90a has no Vectors; it has Rows, Columns, Depth, Warps and Stages")]
    [InlineData(true, "Slices", "A tile for architecture Sm90a has no Slices; it has Rows, Columns, Depth, Warps and Stages")]
    public void Check_ExtentOfTheOtherKind_BreaksTPP0104(bool isBlock, string extent, string message)
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_f16-f16-f32_rN_dN_cN") with
        {
            Tiles = EquatableArray.Of(new TileOverride(Tier.Avx2, 0, 0, 0)),
            Blocks = EquatableArray.Of(new BlockOverride(GpuArchitecture.Sm90a)),
            ForeignTileExtents = EquatableArray.Of(new ForeignTileExtent(extent, isBlock, 0)),
        };
        RuleViolation violation = Assert.Single(KernelRules.Check(spec));
        Assert.Equal("TPP0104", violation.Id);
        Assert.StartsWith(message, violation.Message, StringComparison.Ordinal);
        Assert.Equal(isBlock ? PartKind.Block : PartKind.Tile, violation.Part.Kind);
    }

    [Fact]
    public void Check_ArchitectureTwice_BreaksTPP0103Once()
    {
        var block = new BlockOverride(GpuArchitecture.Sm80);
        KernelSpec spec = KernelName.Parse("gemm_dense_f16-f16-f32_rN_dN_cN") with { Blocks = EquatableArray.Of(block, block with { Architecture = GpuArchitecture.Sm90a }, block) };
        RuleViolation violation = Assert.Single(KernelRules.Check(spec));
        Assert.Equal(("TPP0103", 2, "2"), (violation.Id, violation.Part.Index, violation.Arguments[1]));
    }

    [Fact]
    public void Check_TileTwice_BreaksTPP0103Once()
    {
        var tile = new TileOverride(Tier.Avx2, 4, 3, 0);
        KernelSpec spec = KernelName.Parse("gemm_dense_f32-f32-f32_rN_dN_cN") with { Tiles = EquatableArray.Of(tile, tile with { Tier = Tier.Avx512 }, tile, tile) };
        RuleViolation violation = Assert.Single(KernelRules.Check(spec));
        Assert.Equal(("TPP0103", 2, "3"), (violation.Id, violation.Part.Index, violation.Arguments[1]));
    }

    [Fact]
    public void IsValid_WarningAndInformation_DoNotInvalidate()
    {
        KernelSpec slow = KernelName.Parse("gemm_dense_f32-f32-f32_rN_dN_cN") with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx2, 16, 6, 0)) };
        Assert.Equal(RuleSeverity.Warning, Assert.Single(KernelRules.Check(slow)).Severity);
        Assert.True(KernelRules.IsValid(slow));
        KernelSpec dense = KernelName.Parse("spmm_nm3of4_f32-f32-f32_rN_dN_cN");
        Assert.Equal(RuleSeverity.Info, Assert.Single(KernelRules.Check(dense)).Severity);
        Assert.True(KernelRules.IsValid(dense));
    }

    [Theory]
    [InlineData(null, "Scalar,Vector128,Avx2,Avx512", "")]
    [InlineData(" ", "Scalar,Vector128,Avx2,Avx512", "")]
    [InlineData("Avx2;Scalar", "Scalar,Avx2", "")]
    [InlineData("scalar, avx512 ,Scalar", "Scalar,Avx512", "")]
    [InlineData("Avx2;Sse2", "Avx2", "Sse2")]
    [InlineData("Avx512Vnni", "Scalar,Vector128,Avx2,Avx512", "Avx512Vnni")]
    public void ReadTiers_List_GivesTiersAndUnknownNames(string? text, string tiers, string unknown)
    {
        (EquatableArray<Tier> read, EquatableArray<RuleViolation> violations) = BuildRules.ReadTiers(text);
        Assert.Equal(tiers, string.Join(",", read.Order()));
        Assert.Equal(unknown, string.Join(",", violations.Select(violation => violation.Arguments[0])));
        Assert.All(violations, violation => Assert.Equal("TPP0401", violation.Id));
    }
}
